import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

const VITEST = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const KILL_AFTER_MS = 10_000;

/**
 * Runs a program of this repository with its output on the screen.
 * Resolves with its exit code, null when a signal ended it. Past `timeoutMs` it is asked to stop and
 * killed ten seconds later.
 * @param {string[]} args arguments of node
 * @param {{ env?: Record<string, string>, timeoutMs?: number, node?: string }} [options] `node`: the
 *   program that runs it, else the one that runs this
 * @returns {Promise<number | null>}
 */
export function runNode(args, { env = {}, timeoutMs, node = process.execPath } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    const timers = [];
    if (timeoutMs !== undefined) {
      timers.push(setTimeout(() => child.kill('SIGTERM'), timeoutMs));
      timers.push(setTimeout(() => child.kill('SIGKILL'), timeoutMs + KILL_AFTER_MS));
    }
    child.once('error', reject);
    child.once('exit', (code) => {
      timers.forEach(clearTimeout);
      resolve(code);
    });
  });
}

/** One vitest process: the project, then further arguments. */
export const runVitest = (project, args, options) =>
  runNode([VITEST, 'run', '--project', project, ...args], options);
