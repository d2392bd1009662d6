import { open } from 'node:fs/promises';

/** A text and what told whether the file had changed. */
export interface FileText {
  text: string;
  /** Size, time of change and inode: another file under the same name is told too. */
  mark: string;
}

/**
 * The text of a file; `previous` when it has not changed since.
 * @throws when it cannot be read, or has more than `bytesMax` bytes.
 */
export async function readChanged(
  path: string,
  bytesMax: number,
  previous: FileText | null,
): Promise<FileText> {
  const file = await open(path);
  try {
    const { size, mtimeNs, ino } = await file.stat({ bigint: true });
    if (size > bytesMax) throw new Error(`${path} has ${size} bytes; at most ${bytesMax} are read`);
    const mark = `${size}:${mtimeNs}:${ino}`;
    if (previous?.mark === mark) return previous;
    return { text: await file.readFile('utf8'), mark };
  } finally {
    await file.close();
  }
}
