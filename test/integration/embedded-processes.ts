import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('embedded-child.mjs', import.meta.url));

/** What the child says; one member or a few of them per line. */
export interface Said {
  open?: number;
  refused?: string;
  message?: string;
  acked?: [partition: number, offset: number, value: string];
  committed?: [partition: number, next: number];
}

/** A process that works on a folder, and what it said so far. */
export interface Worker {
  process: ChildProcess;
  said: Said[];
  /** Resolves when a line passes the test; rejects when the process ends before. */
  until(what: string, test: (line: Said) => boolean): Promise<Said>;
  /** Resolves when it ended and everything it said was read. */
  ended: Promise<void>;
}

/** Starts `embedded-child.mjs`; `fileBlocks` bounds every file it writes, in KiB. */
export function startWorker(folder: string, what: string, fileBlocks?: number): Worker {
  const args = [CHILD, folder, what];
  const limited = `ulimit -f ${fileBlocks} && exec "$0" "$@"`;
  const child =
    fileBlocks === undefined
      ? spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
      : spawn('bash', ['-c', limited, process.execPath, ...args], {
          stdio: ['ignore', 'pipe', 'ignore'],
        });
  const said: Said[] = [];
  const watchers = new Set<() => void>();
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    said.push(JSON.parse(line) as Said);
    for (const watcher of [...watchers]) watcher();
  });
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(() => undefined);
  return {
    process: child,
    said,
    ended,
    until(text, test) {
      let seen = 0;
      return new Promise((resolve, reject) => {
        const look = (): void => {
          for (; seen < said.length; seen++) {
            const line = said[seen];
            if (line === undefined || !test(line)) continue;
            watchers.delete(look);
            resolve(line);
            return;
          }
        };
        watchers.add(look);
        look();
        void ended.then(() => reject(new Error(`the process ended before: ${text}`)));
      });
    },
  };
}
