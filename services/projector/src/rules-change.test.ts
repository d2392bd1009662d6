import { encodeEnvelope, partitionOf, type OperationPlanned } from '@refold/contracts';
import { RULEBOOK, type Rulebook } from '@refold/domain';
import {
  PartitionProjector,
  slotOf,
  type OutgoingRecord,
  type Projection,
  type PublishOutcome,
} from '@refold/pipeline';
import { machineTiming } from '@refold/serving';
import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { changeRules, noRulesMemory, type RulesMemory } from './rules-change.js';

const PROJECTION: Projection = {
  name: 'runs',
  topic: 't',
  kinds: ['run'],
  partitions: 2,
  generation: 1,
};

const [FIRST] = RULEBOOK.deciders;
const THREE: Rulebook = {
  ...RULEBOOK,
  deciders: FIRST === undefined ? [] : [FIRST, FIRST, FIRST],
};

async function open(rulebook = THREE) {
  const log = createMemoryEventLog({ clock: () => 1_000 });
  await log.ensureTopics([{ name: 't', partitions: 2 }]);
  const store = createMemoryViewStore();
  let ids = 0;
  const sent: OutgoingRecord[] = [];
  let outcome: PublishOutcome | null = null;
  const publisher = {
    publish: async (record: OutgoingRecord): Promise<PublishOutcome> => {
      if (outcome !== null) return outcome;
      sent.push(record);
      const offset = log.appendForeign('t', record.partition, record);
      return { kind: 'appended', offset, timestamp: 1_000 };
    },
  };
  const fold = async (): Promise<void> => {
    const ports = { log, store, timing: machineTiming, rulebook, commitId: () => `c${ids++}` };
    const owner = new PartitionProjector(
      {
        ...ports,
        committed: () => undefined,
        mirror: async () => [],
        trouble: () => undefined,
      },
      PROJECTION,
      1,
    );
    let next = await owner.position();
    for (let end = -1; next !== end;) {
      const batch = await log.read('t', 1, next);
      end = batch.end;
      next = await owner.handle(batch);
    }
  };
  let now = 0;
  const change = (
    operation: string,
    decider: number,
    more: { isCanceling?: boolean; memory?: RulesMemory } = {},
  ) =>
    changeRules(
      { log, store, rulebook, publisher, timing: { now: () => now } },
      {
        ...{ operation, projection: PROJECTION, partition: 1 },
        planned: {
          arguments: { target: 'rules', decider },
          plan: { partitions: [{ partition: 1, records: 1 }] },
        } as unknown as OperationPlanned,
        ...{ isCanceling: false, memory: noRulesMemory(), ...more },
      },
    );
  const answers = (next: PublishOutcome | null) => (outcome = next);
  const later = (ms: number) => (now += ms);
  const letters = () =>
    Object.keys(store.dump(slotOf(PROJECTION, 1)).hashes['dead-letters'] ?? {}).length;
  const key = ['a', 'b', 'c', 'd'].find((one) => partitionOf(one, 2) === 1) ?? '';
  const fields = { id: 'e', source: 's', type: 'run.started', data: null };
  log.appendForeign('t', 1, { key, value: encodeEnvelope({ ...fields, subject: `run/${key}` }) });
  const event = (id: string) => {
    const value = encodeEnvelope({ ...fields, id, subject: `run/${key}` });
    log.appendForeign('t', 1, { key, value });
  };
  return { log, fold, change, sent, answers, later, letters, event };
}

describe('a change of the rules', () => {
  it('is written to its partition, and over where it is folded', async () => {
    const { fold, change, sent } = await open();
    await fold();
    expect(await change('o', 2)).toBeNull();
    const [record] = sent;
    expect(partitionOf(record?.key ?? '', 2)).toBe(1);
    expect(JSON.parse(record?.value ?? '')).toMatchObject({
      type: 'rules.changed',
      data: { decider: 2, history: [] },
    });
    await fold();
    expect(await change('o', 2)).toMatchObject({
      ...{ outcome: 'done', partition: 1, to: 1, records: 1 },
    });
    expect(sent).toHaveLength(1);
    expect(await change('p', 3)).toBeNull();
    expect(JSON.parse(sent[1]?.value ?? '')).toMatchObject({ data: { history: [[1, 2]] } });
    await fold();
    expect(await change('p', 3)).toMatchObject({ outcome: 'done', to: 2 });
  });

  it('that stands on the log is waited for, by whichever process, and not written again', async () => {
    const { fold, change, sent, letters, event, later } = await open();
    await fold();
    for (let n = 0; n < 3; n++) event(`before-${n}`);
    const memory = noRulesMemory();
    expect(await change('o', 2, { memory })).toBeNull();
    event('behind');
    later(3_600_000);
    expect(await change('o', 2, { memory })).toBeNull();
    // A successor knows nothing of what was written; nor does somebody who asks for the same.
    expect(await change('o', 2)).toBeNull();
    expect(await change('other', 2)).toBeNull();
    expect(sent).toHaveLength(1);
    await fold();
    expect(await change('o', 2, { memory })).toMatchObject({ outcome: 'done', to: 4 });
    expect(letters()).toBe(0);
  });

  it('that stands on the log is not canceled any more', async () => {
    const { fold, change, sent } = await open();
    await fold();
    const memory = noRulesMemory();
    await change('o', 2, { memory });
    expect(await change('o', 2, { memory, isCanceling: true })).toBeNull();
    expect(await change('o', 2, { isCanceling: true })).toBeNull();
    await fold();
    expect(await change('o', 2, { isCanceling: true })).toMatchObject({ outcome: 'done', to: 1 });
    expect(sent).toHaveLength(1);
  });

  it('whose answer was lost is neither written again nor canceled while it may still come', async () => {
    const { fold, change, sent, answers, later } = await open();
    await fold();
    const memory = noRulesMemory();
    answers({ kind: 'unknown', message: 'lost' });
    expect(await change('o', 2, { memory })).toBeNull();
    answers(null);
    later(9_999);
    expect(await change('o', 2, { memory, isCanceling: true })).toBeNull();
    expect(await change('o', 2, { memory })).toBeNull();
    expect(sent).toEqual([]);
    later(1);
    expect(await change('o', 2, { memory })).toBeNull();
    expect(sent).toHaveLength(1);
  });

  it('waits for a log that does not answer, rather than being canceled blindly', async () => {
    const { log, fold, change } = await open();
    await fold();
    const range = log.range.bind(log);
    log.range = () => Promise.reject(new Error('no leader'));
    expect(await change('o', 2, { isCanceling: true })).toBeNull();
    log.range = range;
    expect(await change('o', 2, { isCanceling: true })).toMatchObject({ outcome: 'canceled' });
  });

  it('is not written by a member that lacks the version', async () => {
    const { fold, change, sent } = await open(RULEBOOK);
    await fold();
    expect(await change('o', 2)).toMatchObject({
      outcome: 'failed',
      error: 'decider_unknown: this member has versions 1 to 1',
    });
    expect(sent).toEqual([]);
  });

  it('is not written below the version in force, nor when it is canceled', async () => {
    const { fold, change, sent } = await open();
    await fold();
    expect(await change('o', 3, { isCanceling: true })).toMatchObject({ outcome: 'canceled' });
    await change('p', 3);
    await fold();
    expect(await change('q', 2)).toMatchObject({
      outcome: 'failed',
      error: 'older_rules: 3 is in force',
    });
    // What is in force is not taken back.
    expect(await change('p', 3, { isCanceling: true })).toMatchObject({ outcome: 'done' });
    expect(sent).toHaveLength(1);
  });

  it('waits for a partition that is not opened, and for a log that takes nothing now', async () => {
    const { fold, change, answers } = await open();
    expect(await change('o', 2)).toBeNull();
    await fold();
    answers({ kind: 'full' });
    expect(await change('o', 2)).toBeNull();
    answers({ kind: 'refused', reason: 'unauthorized', message: 'no' });
    expect(await change('o', 2)).toMatchObject({ outcome: 'failed' });
  });
});
