import { encodeEnvelope, type JsonValue } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import { createMemoryEventLog, createMemoryViewStore, foldLog } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { NEWER, openRules, REFUSED } from '../project/rulebook.fixture.js';
import type { Projection } from '../projection.js';
import { SKIPS_MAX } from '../slot/skip-log.js';
import { explainStream } from './explain-stream.js';

const PROJECTION: Projection = {
  name: 'runs',
  topic: 't',
  kinds: ['run'],
  partitions: 1,
  generation: 1,
};
const DAY_MS = 24 * 60 * 60 * 1000;

async function open(batchBytesMax = 1_048_576) {
  let now = 1_000;
  const log = createMemoryEventLog({ clock: () => now++, batchBytesMax });
  await log.ensureTopics([{ name: 't', partitions: 1 }]);
  const store = createMemoryViewStore();
  const append = (
    key: string,
    id: string,
    type: string,
    data: JsonValue = null,
    more: { expectedseq?: number } = {},
  ): number => {
    const value = encodeEnvelope({ id, source: 's', type, subject: `run/${key}`, data, ...more });
    return log.appendForeign('t', 0, { key, value });
  };
  const ports = { log, store, rulebook: RULEBOOK };
  const explain = async (
    subject: string,
    { after = null, limit = 100 }: { after?: number | null; limit?: number } = {},
  ) => {
    await foldLog(log, store, PROJECTION);
    return explainStream(ports, PROJECTION, { subject, after, limit });
  };
  const wait = (ms: number): void => void (now += ms);
  return { log, store, append, explain, wait, ports };
}

describe('the explanation of a stream', () => {
  it('says where each record lies, and its verdict, refusals and repetitions included', async () => {
    const { log, append, explain } = await open();
    append('a', 'early', 'run.delta', null, { expectedseq: 3 });
    append('b', '1', 'run.started');
    append('a', '1', 'run.started');
    append('a', '2', 'run.delta', { text: 'x' });
    append('a', '2', 'run.delta', { text: 'x' });
    append('a', '2', 'run.delta', { text: 'y' });
    append('a', '3', 'run.delta', null, { expectedseq: 9 });
    log.appendForeign('t', 0, { key: 'a', value: 'no JSON' });
    append('a', '4', 'run.finished', { status: 'succeeded' });
    const { records, ...explained } = await explain('run/a');
    expect(explained).toEqual({
      subject: 'run/a',
      topic: 't',
      partition: 0,
      logStart: 0,
      to: 9,
      isWhole: true,
      hasMore: false,
    });
    expect(records.map(({ offset }) => offset)).toEqual([0, 2, 3, 4, 5, 6, 7, 8]);
    expect(records.map(({ verdict }) => verdict)).toMatchObject([
      { kind: 'rejected', code: 'not_found' },
      { kind: 'accepted', seq: 1, status: 'running' },
      { kind: 'accepted', seq: 2 },
      { kind: 'duplicate', seq: 2 },
      { kind: 'rejected', code: 'idempotency_conflict', detail: { seq: 2 } },
      { kind: 'rejected', code: 'sequence_conflict', detail: { expected_seq: 9, actual_seq: 2 } },
      { kind: 'dead_letter' },
      { kind: 'accepted', seq: 3, status: 'succeeded' },
    ]);
    expect(records[6]?.claim).toBeNull();
    expect(records[1]).toMatchObject({ claim: { id: '1', type: 'run.started' }, decider: 1 });
  });

  it('says where a claim is skipped, and which', async () => {
    const { append, explain } = await open();
    append('a', '1', 'run.started');
    append('a', '2', 'run.delta');
    append('b', '1', 'run.started');
    append('a', 'skip-1', 'claim.skipped', { offset: 1, source: 's', id: '2' });
    append('a', 'skip-9', 'claim.skipped', { offset: 9, source: 's', id: '2' });
    const { records } = await explain('run/a');
    expect(records.map(({ offset }) => offset)).toEqual([0, 1, 3, 4]);
    expect(records[2]).toMatchObject({
      claim: null,
      verdict: null,
      skips: { type: 'claim.skipped', offset: 1, source: 's', id: '2', void: null },
    });
    expect(records[3]).toMatchObject({ verdict: { kind: 'dead_letter' }, skips: null });
    expect((await explain('run/b')).records).toHaveLength(1);
  });

  it('says of one skip more than there may be that it is a dead letter', async () => {
    const { append, explain } = await open();
    append('a', '1', 'run.started');
    for (let n = 0; n <= SKIPS_MAX; n++) {
      append('a', `skip-${n}`, 'claim.skipped', { offset: 0, source: 's', id: `other-${n}` });
    }
    const { records } = await explain('run/a', { after: SKIPS_MAX - 1 });
    expect(records).toMatchObject([
      { skips: { id: `other-${SKIPS_MAX - 1}` } },
      { skips: null, verdict: { kind: 'dead_letter' } },
    ]);
  });

  it('says which of a skip and its withdrawal stands first, and that nothing follows from the other', async () => {
    const { append, explain } = await open();
    append('a', '1', 'run.started');
    append('a', '2', 'run.delta');
    const say = (type: string, operation: string, id = '2') =>
      append('a', type, type, { offset: 1, source: 's', id, operation });
    say('claim.skip_withdrawn', 'first');
    say('claim.skip_withdrawn', 'first');
    say('claim.skipped', 'first');
    say('claim.skipped', 'second');
    say('claim.skip_withdrawn', 'second');
    append('a', 'x', 'claim.skip_withdrawn', { offset: 1, source: 's', id: '2' });
    const { records } = await explain('run/a');
    const before = 'first has withdrawn it before, at offset 2';
    expect(records.slice(1).map(({ skips, verdict }) => [skips?.void, verdict?.kind])).toEqual([
      [undefined, 'rejected'],
      [null, undefined],
      [before, undefined],
      [before, undefined],
      [null, undefined],
      ['the event was skipped before, at offset 5', undefined],
      [undefined, 'dead_letter'],
    ]);
    expect(records[2]?.skips).toEqual({
      ...{ type: 'claim.skip_withdrawn', offset: 1, source: 's', id: '2', void: null },
    });
    expect(records[7]?.verdict).toMatchObject({
      reason: expect.stringContaining('claim.skip_withdrawn: data.operation: ') as string,
    });
  });

  it('says of a withdrawal behind the most skips that there is nothing to withdraw', async () => {
    const { append, explain } = await open();
    append('a', '1', 'run.started');
    for (let n = 0; n < SKIPS_MAX; n++) {
      append('a', `skip-${n}`, 'claim.skipped', { offset: 0, source: 's', id: `other-${n}` });
    }
    const data = { offset: 0, source: 's', id: '1', operation: 'op' };
    append('a', 'late', 'claim.skip_withdrawn', data);
    const { records } = await explain('run/a', { after: SKIPS_MAX });
    expect(records).toMatchObject([
      { skips: { void: 'no more events of the partition can be skipped' }, verdict: null },
    ]);
  });

  it('gives the verdicts that live folding gave, by the time of the whole partition', async () => {
    const { append, explain, wait } = await open();
    append('a', '1', 'run.started');
    append('a', '2', 'run.delta', null, { expectedseq: 7 });
    wait(DAY_MS);
    // Its refusal has lapsed by the time that another stream's record brought.
    append('b', '1', 'run.started');
    append('a', '2', 'run.delta', null, { expectedseq: 1 });
    const { records } = await explain('run/a');
    expect(records.map(({ verdict }) => verdict?.kind)).toEqual([
      'accepted',
      'rejected',
      'accepted',
    ]);
  });

  it('goes on page by page, each as the whole says it', async () => {
    const { append, explain } = await open(1);
    append('a', '1', 'run.started');
    for (let n = 2; n < 8; n++) append('a', `${n % 3}`, 'run.delta');
    const { records } = await explain('run/a');
    const paged = [];
    for (let after: number | null = null; ;) {
      const page = await explain('run/a', { after, limit: 3 });
      expect(page.records.length).toBeLessThanOrEqual(3);
      paged.push(...page.records);
      if (!page.hasMore) break;
      after = page.records.at(-1)?.offset ?? null;
    }
    expect(paged).toEqual(records);
    expect(records).toHaveLength(7);
  });

  it('judges by the rules of each offset, and names their version', async () => {
    const { claim, change, newer, foldAll, verdicts, log, store, projection } = await openRules();
    claim('run.started');
    claim(REFUSED, { id: 'before' });
    change(2, []);
    claim(REFUSED);
    claim(REFUSED, { id: 'before' });
    await foldAll(newer());
    const ports = { log, store, rulebook: NEWER };
    const asked = { subject: 'run/r', after: null, limit: 10 };
    const { records } = await explainStream(ports, projection, asked);
    const kinds = records.map(({ verdict }) =>
      verdict?.kind === 'rejected' ? verdict.code : verdict?.kind,
    );
    expect(kinds).toEqual(verdicts());
    expect(kinds).toEqual(['accepted', 'accepted', 'invalid_transition', 'duplicate']);
    expect(records.map(({ decider }) => decider)).toEqual([1, 1, 2, 2]);
  });

  it('says that it knows no verdict where the log lost the beginning of the stream', async () => {
    const { log, append, explain } = await open();
    append('a', '1', 'run.started');
    append('a', '2', 'run.delta');
    append('b', '1', 'run.started');
    await explain('run/a');
    log.deleteHead('t', 0, 1);
    const { isWhole, records } = await explain('run/a');
    expect(isWhole).toBe(false);
    expect(records).toMatchObject([{ offset: 1, verdict: null }]);
    expect((await explain('run/b')).records).toMatchObject([{ verdict: { kind: 'accepted' } }]);
  });

  it('says that it does not know what other streams decide', async () => {
    const { log, append, explain } = await open(1);
    append('a', '1', 'run.started');
    append('a', '2', 'run.delta', null, { expectedseq: 9 });
    for (let n = 0; n < 65_540; n++) log.appendMarker('t', 0);
    append('a', '2', 'run.delta', null, { expectedseq: 9 });
    const { records } = await explain('run/a');
    expect(records.map(({ verdict }) => verdict?.kind)).toEqual([
      'accepted',
      'rejected',
      undefined,
    ]);
  });

  it('reads no further once nobody waits for the answer', async () => {
    const { append, explain, ports } = await open();
    append('a', '1', 'run.started');
    await explain('run/a');
    const gone = new AbortController();
    gone.abort(new Error('the client went away'));
    const asked = { subject: 'run/a', after: null, limit: 10, signal: gone.signal };
    await expect(explainStream(ports, PROJECTION, asked)).rejects.toThrow('went away');
  });

  it('has nothing to say of what is not folded, and of no stream of another kind', async () => {
    const { append, explain, ports } = await open();
    expect(await explain('run/a')).toMatchObject({ records: [], hasMore: false });
    append('a', '1', 'run.started');
    const asked = { subject: 'run/a', after: null, limit: 10 };
    expect((await explainStream(ports, PROJECTION, asked)).records).toEqual([]);
    await expect(explain('worker/a')).rejects.toThrow(RangeError);
  });
});
