import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { readTraces } from './read-traces.js';
import type { Trace } from './trace.js';

/** One trace and the file it came from. */
export interface FoundTrace {
  kind: 'trace';
  /** Path of the file as a person would name it. */
  file: string;
  trace: Trace;
}

/** A file, or a part of one, that holds no trace. */
export interface Skipped {
  kind: 'skipped';
  file: string;
  why: string;
  /** True: somebody meant this to be a trace: it was named, or stands in a list with traces. */
  meant: boolean;
}

/** What a walk over files finds, in order of their paths. */
export type Found = FoundTrace | Skipped;

/** Larger files do not fit into one JavaScript text with room to spare. */
const FILE_BYTES_MAX = 268_435_456;

const skipped = (file: string, why: string, meant: boolean): Skipped => ({
  kind: 'skipped',
  file,
  why,
  meant,
});

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The text of a file, or why it has none. */
async function textOf(path: string): Promise<{ text: string } | { why: string }> {
  const { size } = await stat(path);
  if (size > FILE_BYTES_MAX) {
    return { why: `has ${size} bytes, at most ${FILE_BYTES_MAX} are read` };
  }
  const text = decode(await readFile(path));
  return text === null ? { why: 'not UTF-8 text' } : { text };
}

async function* inFile(path: string, shown: string, named: boolean): AsyncGenerator<Found> {
  const read = await textOf(path).catch((error: unknown) => error as Error);
  if (read instanceof Error) {
    yield skipped(shown, `cannot be read: ${read.message}`, true);
    return;
  }
  if ('why' in read) {
    yield skipped(shown, read.why, named);
    return;
  }
  const { text } = read;
  const { traces, refused } = readTraces(text, basename(path));
  for (const trace of traces) yield { kind: 'trace', file: shown, trace };
  for (const { where, why } of refused) {
    yield skipped(`${shown}${where}`, why, named || traces.length > 0);
  }
}

async function* inEntry(entry: Dirent, folder: string, root: string): AsyncGenerator<Found> {
  const path = join(folder, entry.name);
  const shown = relative(root, path);
  if (entry.name.startsWith('.')) yield skipped(shown, 'hidden', false);
  else if (entry.isDirectory()) yield* inFolder(path, root);
  else if (entry.isFile()) yield* inFile(path, shown, false);
  else yield skipped(shown, 'neither a file nor a folder', false);
}

async function* inFolder(folder: string, root: string): AsyncGenerator<Found> {
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) yield* inEntry(entry, folder, root);
}

/**
 * Every trace in a file, or in a folder and the folders in it. One file is read at a time. Links
 * inside a folder are not followed. Rejects when the path does not exist or cannot be read.
 */
export async function* findTraces(path: string): AsyncGenerator<Found> {
  await lstat(path);
  if ((await stat(path)).isDirectory()) yield* inFolder(path, path);
  else yield* inFile(path, basename(path), true);
}
