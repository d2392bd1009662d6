import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openEnvironment } from './environment.js';
import { FolderUnusable } from './errors.js';
import { appendTo, firstSince, openPartition } from './partition-log.js';

it('names the folder where records are gone that its head counts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'refold-partition-log-'));
  const environment = await openEnvironment(folder, () => 1);
  onTestFinished(async () => {
    await environment.close();
    rmSync(folder, { recursive: true });
  });
  const log = openPartition(environment, 't', 0);
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
