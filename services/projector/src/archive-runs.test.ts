import { encodeEnvelope, type OperationPlanned } from '@refold/contracts';
import { type OutgoingRecord, type Projection, type PublishOutcome } from '@refold/pipeline';
import { createMemoryEventLog, createMemoryViewStore, foldLog } from '@refold/test-kit';
import { describe, expect, it, vi } from 'vitest';
import { archiveRuns } from './archive-runs.js';

const PROJECTION: Projection = {
  name: 'runs',
  topic: 't',
  kinds: ['run'],
  partitions: 1,
  generation: 1,
};

/** Runs that are over, on a log that may refuse what is written. */
async function open(runs: readonly string[], more: readonly string[] = []) {
  const log = createMemoryEventLog({ clock: () => 1_000 });
  await log.ensureTopics([{ name: 't', partitions: 1 }]);
  const store = createMemoryViewStore();
  let now = 0;
  let ids = 0;
  const append = (run: string, type: string, data: object | null = null) =>
    log.appendForeign('t', 0, {
      key: run,
      value: encodeEnvelope({
        ...{ id: `e${ids++}`, source: 's', type, subject: `run/${run}` },
        data: data as null,
      }),
    });
  for (const run of runs) {
    append(run, 'run.started');
    append(run, 'run.finished', { status: 'failed' });
  }
  const fold = (): Promise<void> => foldLog(log, store, PROJECTION);
  await fold();
  const sent: OutgoingRecord[] = [];
  /** What is answered instead of an append, by subject. */
  const answers = new Map<string, PublishOutcome>();
  const newStep = () => {
    const step = archiveRuns({
      ...{ log, store },
      timing: { now: () => now },
      publisher: {
        publish: async (record) => {
          const { subject } = JSON.parse(record.value) as { subject: string };
          const answer = answers.get(subject);
          if (answer !== undefined) return answer;
          sent.push(record);
          return { kind: 'appended', offset: log.appendForeign('t', 0, record), timestamp: 0 };
        },
      },
    });
    const subjects = [...runs, ...more].map((run) => `run/${run}`);
    const planned = { verb: 'archive', plan: { partitions: [{ partition: 0, subjects }] } };
    return (isCanceling = false) =>
      step({
        ...{ operation: 'o', projection: PROJECTION, partition: 0, isCanceling },
        planned: planned as unknown as OperationPlanned,
      });
  };
  return { log, append, fold, sent, answers, newStep, later: (ms: number) => (now += ms) };
}

describe('archiving runs', () => {
  it('writes one claim for each, waits until all are judged, and counts what came out', async () => {
    const { fold, sent, newStep } = await open(['a', 'b']);
    const step = newStep();
    expect(await step()).toBeNull();
    expect(await step()).toBeNull();
    expect(sent.map(({ key, value }) => [key, JSON.parse(value) as object])).toMatchObject([
      ['a', { id: 'o/run/a', type: 'run.archived', appendonly: true, data: { operation_id: 'o' } }],
      ['b', { id: 'o/run/b', type: 'run.archived' }],
    ]);
    await fold();
    expect(await step()).toMatchObject({ outcome: 'done', streams: 2, records: 2, refused: 0 });
    expect(sent.slice(2).map(({ value }) => JSON.parse(value) as object)).toMatchObject([
      { type: 'rules.changed', data: { decider: 1, history: [] } },
    ]);
  });

  it('goes on in another process where the first one stopped, and doubles nothing', async () => {
    const { fold, sent, answers, newStep } = await open(['a', 'b', 'c']);
    answers.set('run/c', { kind: 'unknown', message: 'no answer' });
    expect(await newStep()()).toBeNull();
    answers.clear();
    // Nobody knows that two of them stand on the log, and nothing of it is folded.
    const other = newStep();
    expect(await other()).toBeNull();
    expect(sent).toHaveLength(5);
    await fold();
    expect(await other()).toMatchObject({ outcome: 'done', records: 3, refused: 0 });
    const archived = sent.filter(({ value }) => value.includes('run.archived'));
    expect(new Set(archived.map(({ value }) => value)).size).toBe(3);
  });

  it('counts what the rules or the log refuse, and says why the log did', async () => {
    const { append, fold, answers, newStep } = await open(['a', 'b'], ['c']);
    append('c', 'run.started');
    answers.set('run/b', { kind: 'refused', reason: 'unauthorized', message: 'not allowed' });
    const step = newStep();
    expect(await step()).toBeNull();
    await fold();
    expect(await step()).toMatchObject({
      ...{ outcome: 'done', streams: 3, records: 1, refused: 2 },
      error: 'not allowed',
    });
  });

  it('ends before anything is written where it was canceled, and after what was', async () => {
    const { fold, sent, newStep } = await open(['a']);
    expect(await newStep()(true)).toMatchObject({ outcome: 'canceled', records: 0, refused: 0 });
    expect(sent).toEqual([]);
    const step = newStep();
    await step();
    expect(await step(true)).toBeNull();
    await fold();
    expect(await step(true)).toMatchObject({ outcome: 'done', records: 1 });
  });

  it('is done where it is canceled behind what another process wrote of it', async () => {
    const { fold, sent, newStep } = await open(['a', 'b']);
    await newStep()();
    const other = newStep();
    expect(await other(true)).toBeNull();
    await fold();
    expect(await other(true)).toMatchObject({ outcome: 'done', records: 2, refused: 0 });
    expect(sent.filter(({ value }) => value.includes('run.archived'))).toHaveLength(2);
  });

  it('counts what another process wrote where the rest is canceled', async () => {
    const { fold, answers, newStep } = await open(['a', 'b']);
    answers.set('run/b', { kind: 'unsent', message: 'no answer' });
    await newStep()();
    const other = newStep();
    expect(await other(true)).toBeNull();
    await fold();
    expect(await other(true)).toMatchObject({ outcome: 'canceled', records: 1, refused: 0 });
  });

  it('is not told of as canceled while what it wrote may still come, or the log does not answer', async () => {
    const { log, answers, newStep, later } = await open(['a']);
    answers.set('run/a', { kind: 'unknown', message: 'no answer' });
    const step = newStep();
    await step();
    expect(await step(true)).toBeNull();
    later(10_000);
    vi.spyOn(log, 'range').mockRejectedValueOnce(new Error('no leader'));
    expect(await step(true)).toBeNull();
    expect(await step(true)).toMatchObject({ outcome: 'canceled', records: 0 });
  });
});
