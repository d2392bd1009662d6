import { NO_COUNTS, type CutCounts, type LogBatch, type PartitionConsumer } from '@refold/pipeline';
import { createLogger } from '@refold/service';
import { expect, it } from 'vitest';
import { createFoldReport } from './fold-report.js';

function reportOver(commits: CutCounts[], failure: Error | null = null) {
  const lines: Record<string, unknown>[] = [];
  const destination = {
    write: (text: string) => void lines.push(JSON.parse(text) as Record<string, unknown>),
  };
  const logger = createLogger({ service: 'test', level: 'info', destination });
  const report = createFoldReport('runs', logger);
  const unused = (): never => {
    throw new Error('not asked for here');
  };
  const consumer: PartitionConsumer = {
    assigned: unused,
    revoked: unused,
    stopped: unused,
    gatherMs: unused,
    async batch({ partition, from, next, end }) {
      for (const [at, counts] of commits.entries()) {
        const [first, after] = [from + at, from + at + 1];
        const place = { partition, generation: 1, from: first, next: after, end };
        report.committed({ ...place, time: 1, counts, asked: false });
      }
      if (failure !== null) throw failure;
      return next;
    },
  };
  const batch: LogBatch = { topic: 't', partition: 3, from: 10, records: [], next: 12, end: 12 };
  const handle = (): Promise<unknown> =>
    new Promise((resolve) => {
      void report
        .watched({
          async subscribe(_group, _topics, watched) {
            resolve(await watched.batch(batch).catch((error: unknown) => error));
            return { hint: unused, commit: unused, close: unused };
          },
        })
        .subscribe('group', ['t'], consumer);
    });
  return { lines, handle };
}

const words = (lines: Record<string, unknown>[]) =>
  lines.map(({ level, partition, from, next, commits, records, accepted }) => ({
    level,
    partition,
    from,
    next,
    commits,
    records,
    accepted,
  }));

it('writes one line for a batch, however many commits it took', async () => {
  const counts = { ...NO_COUNTS, records: 4, accepted: 3 };
  const { lines, handle } = reportOver([counts, counts]);
  expect(await handle()).toBe(12);
  await handle();
  const line = {
    level: 'info',
    partition: 3,
    from: 10,
    next: 12,
    commits: 2,
    records: 8,
    accepted: 6,
  };
  expect(words(lines)).toEqual([line, line]);
});

it('writes none for a batch without records, and a warning where a record was set aside', async () => {
  const empty = reportOver([NO_COUNTS]);
  await empty.handle();
  expect(empty.lines).toEqual([]);
  const letter = reportOver([{ ...NO_COUNTS, records: 1, dead_letter: 1 }]);
  await letter.handle();
  expect(letter.lines[0]).toMatchObject({ level: 'warn', dead_letter: 1 });
});

it('tells what was committed of a batch that stops its partition', async () => {
  const stopped = new Error('a record of another version');
  const { lines, handle } = reportOver([{ ...NO_COUNTS, records: 1, accepted: 1 }], stopped);
  expect(await handle()).toBe(stopped);
  expect(lines).toHaveLength(1);
});
