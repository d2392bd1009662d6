import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { ROOT, listFiles, readSource } from './repository.js';

const kept = JSON.parse(readSource('test/trace-counts.json').text) as {
  files: Record<string, unknown>;
};

it('has counts for every recording', () => {
  const recordings = listFiles().filter((path) => /^test\/traces\/.*\.(?:json|traj)$/.test(path));
  expect(Object.keys(kept.files).sort()).toEqual(recordings);
});

it('has the counts that the script gives, where Python is installed', () => {
  const run = spawnSync('python3', ['test/traces/count.py', 'test/traces'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1 << 24,
  });
  const missing = run.error !== undefined && 'code' in run.error && run.error.code === 'ENOENT';
  expect(missing || run.status === 0).toBe(true);
  if (!missing) expect(JSON.parse(run.stdout)).toEqual(kept);
});
