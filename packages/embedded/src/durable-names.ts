import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Puts the names of the files in `folder` on the disk, and those of the folders that were made on the way
 * to it. Flushing a file keeps its content, not its name: without this a power cut may take a new
 * folder away with everything that was acknowledged in it. Both are real paths.
 * @param firstMade The uppermost folder that was made for it; undefined when it was there.
 */
export function flushNames(folder: string, firstMade: string | undefined): void {
  const last = firstMade === undefined ? folder : dirname(firstMade);
  for (let path = folder; ; path = dirname(path)) {
    flushFolder(path);
    if (path === last || path === dirname(path)) return;
  }
}

function flushFolder(path: string): void {
  // Windows neither opens folders nor needs it.
  if (process.platform === 'win32') return;
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
