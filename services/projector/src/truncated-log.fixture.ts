import { encodeEnvelope, RULES_CHANGED, type OperationPlanned } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import type { EventLog, Projection, RefoldProgress, RefoldResult } from '@refold/pipeline';
import { createMemoryEventLog, createMemoryViewStore, foldLog } from '@refold/test-kit';
import { truncateLog } from './truncate-log.js';

/** One partition of runs. */
const PROJECTION: Projection = {
  name: 'runs',
  topic: 't',
  kinds: ['run'],
  partitions: 1,
  generation: 1,
};

/** A truncation of a log with an archived run with a place to cut at behind it, at offset 3. */
export async function open(
  truncate?: EventLog['truncate'],
  during: () => void | Promise<void> = () => undefined,
) {
  const log = createMemoryEventLog({ clock: () => 1_000 });
  await log.ensureTopics([{ name: 't', partitions: 1 }]);
  const store = createMemoryViewStore();
  let ids = 0;
  const append = (type: string, data: object | null = null, run = 'a') =>
    log.appendForeign('t', 0, {
      key: run,
      value: encodeEnvelope({
        ...{ id: `e${ids++}`, source: 's', type, subject: `run/${run}` },
        data: data as null,
      }),
    });
  append('run.started');
  append('run.finished', { status: 'failed' });
  const fold = (): Promise<void> => foldLog(log, store, PROJECTION);
  const clock = {
    ...{ now: 0, slept: 0, asked: 0, isWanted: true, share: 0.5 },
    sleeping: async (): Promise<unknown> => null,
    tell: async (_partition: number, _progress: RefoldProgress): Promise<void> => undefined,
    ranging: async (): Promise<void> => undefined,
    isEmptied: false,
  };
  const step = truncateLog({
    ...{ rulebook: RULEBOOK, nowMs: () => 1_000_000_000 },
    store: {
      ...store,
      async read(slot, reads) {
        const found = await store.read(slot, reads);
        return clock.isEmptied ? { ...found, checkpoint: null } : found;
      },
    },
    timing: {
      now: () => clock.now,
      async sleep(ms) {
        clock.slept += ms;
        await clock.sleeping();
      },
    },
    tell: (_projection, partition, progress) => clock.tell(partition, progress),
    async isWanted() {
      clock.asked += 1;
      return clock.isWanted;
    },
    log: {
      ...log,
      truncate: (...asked) =>
        truncate === undefined ? log.truncate(...asked) : truncate(...asked),
      async range(...asked) {
        await clock.ranging();
        return log.range(...asked);
      },
      async read(...asked) {
        clock.now += 10;
        await during();
        return log.read(...asked);
      },
    },
  });
  let amounts = {};
  /** What {@link archive} makes of the log is planned. */
  const plan = (more: object = {}): void => {
    const bytes = log
      .records('t', 0)
      .slice(0, 3)
      .reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0);
    const all = { partition: 0, from: 0, to: 3, streams: 1, records: 3, bytes, read_records: 3 };
    amounts = { ...all, ...more };
  };
  const ask = (isCanceling = false, operation = 'o'): Promise<RefoldResult | null> =>
    step({
      ...{ operation, projection: PROJECTION, partition: 0, isCanceling },
      planned: {
        ...{ verb: 'truncate', share: clock.share, plan: { partitions: [amounts] } },
      } as unknown as OperationPlanned,
    });
  /** Asks until there is an answer. */
  const ended = async (isCanceling = false, operation = 'o'): Promise<RefoldResult> => {
    for (;;) {
      const result = await ask(isCanceling, operation);
      if (result !== null) return result;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const archive = (): void => {
    append('run.archived');
    append(RULES_CHANGED, { decider: 1, history: [] });
    plan();
  };
  const start = async () => (await log.range('t', 0)).start;
  return { log, append, archive, plan, fold, ask, ended, start, clock };
}
