import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noWrites, StoreUnavailable } from '@refold/pipeline';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StorageFull } from './errors.js';
import { openEmbedded, type Embedded } from './open-embedded.js';

const slot = { projection: 'runs', generation: 1, partition: 0 };
const large = 'x'.repeat(500_000);
const record = { topic: 't', partition: 0, key: 'k', value: large };
let folder: string;
let embedded: Embedded;
const trouble = vi.fn();

/** How large this process may write a file, in bytes: a full disk without a disk. */
const limitFiles = (bytes: number | 'unlimited'): void => {
  execFileSync('prlimit', ['--pid', `${process.pid}`, `--fsize=${bytes}:`]);
};

const commit = (expected: string | null, next: string) =>
  embedded.store.commit(slot, expected, next, { ...noWrites(), set: [[`doc ${next}`, large]] }, []);

beforeEach(async () => {
  trouble.mockClear();
  folder = mkdtempSync(join(tmpdir(), 'refold-embedded-'));
  embedded = await openEmbedded({ folder, clock: () => 0, trouble });
  await embedded.log.ensureTopics([{ name: 't', partitions: 1 }]);
  await commit(null, 'a');
  limitFiles(statSync(join(folder, 'data.mdb')).size + 100_000);
});

afterEach(async () => {
  limitFiles('unlimited');
  await embedded.close();
  rmSync(folder, { recursive: true });
});

it('makes a commit wait, says so, and lets it through when there is room again', async () => {
  const committed = commit('a', 'b');
  await vi.waitFor(() => expect(trouble).toHaveBeenCalledOnce());
  expect(trouble.mock.calls[0]?.[0]).toMatch(/a commit waits for room: .*free space/);
  const before = await embedded.store.read(slot, [{ kind: 'get', name: 'doc b' }]);
  expect([before.checkpoint, before.results[0]]).toEqual(['a', null]);
  limitFiles('unlimited');
  expect(await committed).toEqual({ outcome: 'committed' });
  const after = await embedded.store.read(slot, [{ kind: 'get', name: 'doc b' }]);
  expect([after.checkpoint, after.results[0]]).toEqual(['b', large]);
  expect(trouble.mock.calls.at(-1)?.[0]).toMatch(/room again/);
});

it('rejects an append and acknowledges none of it', async () => {
  const lane = await embedded.log.openLane('embedded');
  await expect(lane.send([record])).rejects.toThrow(StorageFull);
  expect(await embedded.log.range('t', 0)).toEqual({ start: 0, end: 0 });
  limitFiles('unlimited');
  const again = await embedded.log.openLane('embedded');
  expect(await again.send([record])).toMatchObject([{ offset: 0 }]);
});

it('answers a ping with it while appends find no room, and not for ever', async () => {
  expect(await embedded.log.ping()).toBeNull();
  const lane = await embedded.log.openLane('embedded');
  await expect(lane.send([record])).rejects.toThrow(StorageFull);
  expect(await embedded.log.ping()).toMatch(/free space/);
  // Somebody has to try again, or nobody learns of the room there is by then.
  const later = performance.now() + 60_000;
  const now = vi.spyOn(performance, 'now').mockReturnValue(later);
  expect(await embedded.log.ping()).toBeNull();
  now.mockRestore();
  expect(await embedded.log.ping()).toMatch(/free space/);
  limitFiles('unlimited');
  const again = await embedded.log.openLane('embedded');
  await again.send([record]);
  expect(await embedded.log.ping()).toBeNull();
});

it('ends the wait of a commit when it is closed', async () => {
  const waiting = expect(commit('a', 'b')).rejects.toThrow(StoreUnavailable);
  await vi.waitFor(() => expect(trouble).toHaveBeenCalledOnce());
  await embedded.store.close();
  await waiting;
});
