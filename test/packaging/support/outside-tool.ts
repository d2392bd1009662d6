import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './compose-file.js';

const FOLDERS = [
  '.cache/tools',
  '.cache/tools/python/bin',
  '/usr/local/bin',
  '/usr/bin',
  '/usr/sbin',
];

/** Where a program of `.ci/run` or of the machine stands; null when it is missing. */
export const findTool = (name: string): string | null =>
  FOLDERS.map((folder) => (folder.startsWith('/') ? join(folder, name) : join(ROOT, folder, name)))
    .filter(existsSync)
    .at(0) ?? null;

/** Runs a program in the repository; returns what it said when it was not content, else null. */
export function complaintOf(name: string, args: readonly string[], input?: string): string | null {
  const path = findTool(name);
  if (path === null) return `${name} is missing: .ci/run installs it`;
  const run = spawnSync(path, args, { cwd: ROOT, encoding: 'utf8', input });
  return run.status === 0 ? null : `${run.stdout}${run.stderr}`;
}
