import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded, FolderInUse } from '@refold/embedded';
import type { Embedded } from '@refold/embedded';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startWorker, type Said, type Worker } from './embedded-processes.js';

const TOPIC = 'refold.runs';
const PARTITIONS = [0, 1, 2, 3];
const KILLS = 10;

let folder: string;
const workers: Worker[] = [];
const start = (what: string, fileBlocks?: number): Worker => {
  const worker = startWorker(folder, what, fileBlocks);
  workers.push(worker);
  return worker;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'refold-embedded-'));
});

afterEach(async () => {
  for (const worker of workers.splice(0)) {
    worker.process.kill('SIGKILL');
    await worker.ended;
  }
  rmSync(folder, { recursive: true });
});

const open = (): Promise<Embedded> => openEmbedded({ folder, clock: Date.now });

/** The values of one partition from the first to the last. */
async function valuesOf({ log }: Embedded, partition: number): Promise<(string | null)[]> {
  const values: (string | null)[] = [];
  for (let next = 0; ;) {
    const batch = await log.read(TOPIC, partition, next);
    if (batch.next === next) return values;
    values.push(...batch.records.map(({ value }) => value));
    next = batch.next;
  }
}

/** Everything that was said to be acknowledged or committed is there, once and in place. */
async function expectNothingLost(embedded: Embedded, said: readonly Said[]): Promise<void> {
  for (const partition of PARTITIONS) {
    const values = await valuesOf(embedded, partition);
    const wrong = said.filter(
      ({ acked }) => acked?.[0] === partition && values[acked[1]] !== acked[2],
    );
    expect(wrong).toEqual([]);
    expect(new Set(values).size).toBe(values.length);
    const slot = { projection: 'runs', generation: 1, partition };
    const { checkpoint, results } = await embedded.store.read(slot, [
      { kind: 'list', name: 'timeline' },
      { kind: 'field', name: 'counters', field: 'folded' },
    ]);
    const position = Number(checkpoint ?? 0);
    expect(position).toBeLessThanOrEqual(values.length);
    expect(results[0]).toEqual(values.slice(0, position));
    expect(Number(results[1] ?? 0)).toBe(position);
    const told = said.map(({ committed }) => (committed?.[0] === partition ? committed[1] : 0));
    expect(position).toBeGreaterThanOrEqual(Math.max(...told));
  }
}

describe('the embedded folder', () => {
  it(`loses nothing that was acknowledged over ${KILLS} kills, and opens at once after each`, async () => {
    const said: Said[] = [];
    for (let round = 0; round < KILLS; round++) {
      const worker = start('work');
      // A random moment: any number of acknowledgements, in the middle of whatever runs then.
      let left = Math.floor(Math.random() * 400);
      await worker.until('acknowledgements', ({ acked }) => acked !== undefined && left-- <= 0);
      worker.process.kill('SIGKILL');
      await worker.ended;
      said.push(...worker.said);
      const embedded = await open();
      await expectNothingLost(embedded, said);
      await embedded.close();
    }
    expect(said.filter(({ acked }) => acked !== undefined).length).toBeGreaterThan(KILLS);
    expect(said.filter(({ committed }) => committed !== undefined).length).toBeGreaterThan(0);
  });

  it('is refused to a second process, with the first one named, also while that is stopped', async () => {
    const first = start('work');
    const { open: pid } = await first.until('it is open', (line) => line.open !== undefined);
    const second = start('work');
    const { refused, message } = await second.until('a refusal', (line) => 'refused' in line);
    expect(refused).toBe('FolderInUse');
    expect(message).toContain(`in use by process ${pid}`);
    first.process.kill('SIGSTOP');
    await expect(open()).rejects.toThrow(FolderInUse);
    first.process.kill('SIGCONT');
    const before = first.said.length;
    await first.until('it goes on', () => first.said.length > before + 10);
    first.process.kill('SIGKILL');
    await first.ended;
    const embedded = await open();
    await expectNothingLost(embedded, first.said);
    await embedded.close();
  });

  // The first limit ends a write between pages, the second one in the middle of one.
  it.each([8_192, 2_048])(
    'says that there is no room at %i KiB, loses nothing, and still reads',
    async (kib) => {
      const worker = start('fill', kib);
      await worker.ended;
      expect(worker.said.slice(1)).toEqual([
        {
          full: 'StorageFull',
          message: expect.stringContaining('free space') as string,
          acked: expect.any(Number) as number,
        },
        { second: 'StorageFull', end: expect.any(Number) as number, readable: 1 },
      ]);
      const [, full, after] = worker.said as [Said, { acked: number }, { end: number }];
      expect(full.acked).toBeGreaterThan(100);
      expect(after.end).toBe(full.acked);
      const embedded = await open();
      expect(await embedded.log.range(TOPIC, 0)).toEqual({ start: 0, end: full.acked });
      const lane = await embedded.log.openLane('embedded');
      await lane.send([{ topic: TOPIC, partition: 0, key: 'k', value: 'room again' }]);
      await embedded.close();
    },
  );

  it('says that there is no room to create it', async () => {
    const worker = start('', 4);
    await worker.ended;
    expect(worker.said).toMatchObject([{ refused: 'StorageFull' }]);
  });

  it('appends and folds in modest memory', async () => {
    const worker = start('drain');
    await worker.ended;
    const last = worker.said.at(-1) as { perSecond: number; ownMb: number };
    console.info(`embedded: ${last.perSecond} events a second in ${last.ownMb} MB of its own`);
    // A floor for a machine that does many things at once; alone it is a hundred times as much.
    expect(last.perSecond).toBeGreaterThan(100);
    expect(last.ownMb).toBeLessThan(150);
  });
});
