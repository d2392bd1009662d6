import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openEnvironment } from './environment.js';
import { FolderUnusable } from './errors.js';
import { appendTo, firstSince, openPartition, rangeOf, truncateTo } from './partition-log.js';

/** A partition in a folder of its own, removed with the test. */
async function openLog() {
  const folder = mkdtempSync(join(tmpdir(), 'refold-partition-log-'));
  const environment = await openEnvironment(folder, () => 1);
  onTestFinished(async () => {
    await environment.close();
    rmSync(folder, { recursive: true });
  });
  const log = openPartition(environment, 't', 0);
  return { folder, environment, log };
}

it('names the folder where records are gone that its head counts', async () => {
  const { folder, environment, log } = await openLog();
  const record = { key: Buffer.from('k'), value: 'v' };
  await environment.write(() => appendTo(environment, log, [record], 1));
  expect(firstSince(environment, log, 1)).toBe(0);
  // A damaged name of the database leads to another one, which is empty.
  const led = { ...log, records: environment.openRecords('elsewhere', 0) };
  expect(() => firstSince(environment, led, 1)).toThrow(FolderUnusable);
  expect(() => firstSince(environment, led, 1)).toThrow(
    `${folder} is damaged (t/0 has no record at 0): stop, and restore a copy`,
  );
});

it('gives up records in bounded steps, and begins behind them from the first step on', async () => {
  const { environment, log } = await openLog();
  const records = Array.from({ length: 6_000 }, () => ({ key: Buffer.from('k'), value: 'v' }));
  await environment.write(() => appendTo(environment, log, records, 1));
  expect(await environment.write(() => truncateTo(environment, log, 5_500))).toBe(true);
  expect(rangeOf(environment, log)).toEqual({ start: 5_500, end: 6_000 });
  expect(log.records.getKeysCount({})).toBe(1_000);
  // Stopped here, the next truncation finds what is left.
  expect(await environment.write(() => truncateTo(environment, log, 0))).toBe(false);
  expect(log.records.getKeysCount({})).toBe(500);
});
