import { readFile } from 'node:fs/promises';
import { UsageError } from '../failure.js';

/** The text of a file that an argument names. @throws UsageError that names it */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${reasonOf(error)}`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be read',
};

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error
    ? (REASONS[String(error.code)] ?? String(error.code))
    : String(error);
