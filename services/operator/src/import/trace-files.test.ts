import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTraces, type Found } from './trace-files.js';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refold-traces-'));
});

afterEach(() => rm(folder, { recursive: true }));

const put = async (name: string, text: string | Buffer): Promise<void> => {
  await mkdir(join(folder, name, '..'), { recursive: true });
  await writeFile(join(folder, name), text);
};

async function find(path: string): Promise<string[]> {
  const found: Found[] = [];
  for await (const one of findTraces(path)) found.push(one);
  return found.map((one) =>
    one.kind === 'trace' ? `${one.file} ${one.trace.format}` : `${one.file} ${one.why}`,
  );
}

describe('findTraces', () => {
  it('walks folders in order of names and says why it leaves a file out', async () => {
    await put('b/two.json', '[{"traj":[]},{"traj":[{"role":"user","content":"x"}]},7]');
    await put('a.traj', '{"trajectory":[{"action":"ls"}]}');
    await put('c.txt', 'hello');
    await put('d.bin', Buffer.from([0xff, 0xfe, 0x00]));
    await put('.hidden/x.json', '{}');
    await symlink(folder, join(folder, 'loop'));
    expect(await find(folder)).toEqual([
      '.hidden hidden',
      'a.traj swe-agent',
      'b/two.json tau-bench',
      'b/two.json tau-bench',
      expect.stringContaining('b/two.json[2] neither tau-bench nor SWE-agent'),
      expect.stringContaining('c.txt not JSON'),
      'd.bin not UTF-8 text',
      'loop neither a file nor a folder',
    ]);
  });

  it('takes a file whatever its name', async () => {
    await put('trace', '{"traj":[]}');
    expect(await find(join(folder, 'trace'))).toEqual(['trace tau-bench']);
  });

  it('finds the same trace under any name', async () => {
    await put('one.json', '{"traj":[],"task_id":1}');
    await put('two.json', '[{"task_id":1, "traj":[]}]');
    const ids: string[] = [];
    for await (const one of findTraces(folder)) if (one.kind === 'trace') ids.push(one.trace.runId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('rejects when there is no such path', async () => {
    await expect(find(join(folder, 'missing'))).rejects.toThrow('ENOENT');
  });
});
