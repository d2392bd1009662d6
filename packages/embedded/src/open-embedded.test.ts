import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEnvironment } from './environment.js';
import { FolderInUse, OwnershipLost } from './errors.js';
import { keyOf } from './keys.js';
import { seal } from './seal.js';
import { BYTES_BY_BYTES } from './sealed-texts.js';
import { openEmbedded } from './open-embedded.js';

let parent: string;
let folder: string;
const clock = () => 0;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'refold-embedded-'));
  folder = join(parent, 'data.d');
});

afterEach(() => rmSync(parent, { recursive: true }));

/** Writes into the folder behind the back of whoever owns it. */
const meddle = async (key: string, value: string): Promise<void> => {
  const root = open({ path: folder, noSubdir: false, overlappingSync: false });
  const meta = root.openDB<Buffer, Buffer>('meta', BYTES_BY_BYTES);
  await meta.put(
    keyOf(key),
    value === '1' ? Buffer.from('1') : seal(keyOf(key), Buffer.from(value)),
  );
  await root.close();
};

describe('openEmbedded', () => {
  it('lets go of a folder whose topics cannot be opened', async () => {
    const embedded = await openEmbedded({ folder, clock });
    await embedded.close();
    const environment = await openEnvironment(folder, clock);
    // More than the databases that a folder may have.
    await environment.write(() => environment.meta.putSync(keyOf('topic', 't'), '2000'));
    await environment.close();
    for (let times = 0; times < 2; times++) {
      const error: unknown = await openEmbedded({ folder, clock }).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(Error);
      expect(error).not.toBeInstanceOf(FolderInUse);
    }
    const again = await openEnvironment(folder, clock);
    await again.write(() => again.meta.putSync(keyOf('topic', 't'), '1'));
    await again.close();
    const opened = await openEmbedded({ folder, clock });
    expect(await opened.log.partitions('t')).toBe(1);
    await opened.close();
  });

  it('creates its folder for its owner alone', async () => {
    const embedded = await openEmbedded({ folder, clock });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await embedded.close();
    await embedded.close();
  });

  it('refuses to open a folder twice in one process, and leaves the first one working', async () => {
    const first = await openEmbedded({ folder, clock });
    await expect(openEmbedded({ folder: `${folder}/.`, clock })).rejects.toThrow(FolderInUse);
    await first.log.ensureTopics([{ name: 't', partitions: 1 }]);
    await first.close();
    const second = await openEmbedded({ folder, clock });
    expect(await second.log.partitions('t')).toBe(1);
    await second.close();
  });

  it('says that a path is not a folder, or is below a file', async () => {
    writeFileSync(folder, '');
    await expect(openEmbedded({ folder, clock })).rejects.toThrow(/not a folder/);
    const below = openEmbedded({ folder: join(folder, 'x'), clock });
    await expect(below).rejects.toThrow(/not a folder/);
  });

  it('says that a folder is damaged, instead of ending the process', async () => {
    mkdirSync(folder);
    const data = join(folder, 'data.mdb');
    for (const bytes of [1, 100, 100_000]) {
      writeFileSync(data, 'x'.repeat(bytes));
      await expect(openEmbedded({ folder, clock })).rejects.toThrow(/damaged.*not a database/);
    }
    writeFileSync(data, '');
    await (await openEmbedded({ folder, clock })).close();
    const whole = readFileSync(data);
    for (const bytes of [4_096, 8_192]) {
      truncateSync(data, bytes);
      await expect(openEmbedded({ folder, clock })).rejects.toThrow(/damaged.*cut short/);
      writeFileSync(data, whole);
    }
    writeFileSync(data, Buffer.from(whole).fill(7, 28, 29));
    await expect(openEmbedded({ folder, clock })).rejects.toThrow(/LMDB version 7/);
  });

  it('refuses a newer format, and one before the first, by name and changes nothing', async () => {
    const embedded = await openEmbedded({ folder, clock });
    await embedded.close();
    for (const other of ['4', '1']) {
      await meddle('format', other);
      const said = new RegExp(`has format ${other}.*reads formats 2 and 3`);
      await expect(openEmbedded({ folder, clock })).rejects.toThrow(said);
    }
    await meddle('format', '2');
    await (await openEmbedded({ folder, clock })).close();
  });

  it('is of format 3 from its first cut on, so that no older build forgets where its log begins', async () => {
    const formatOf = async (): Promise<string | undefined> => {
      const environment = await openEnvironment(folder, clock);
      const format = environment.meta.get(keyOf('format'));
      await environment.close();
      return format;
    };
    const first = await openEmbedded({ folder, clock });
    await first.log.ensureTopics([{ name: 't', partitions: 1 }]);
    const lane = await first.log.openLane('embedded');
    await lane.send(['a', 'b'].map((value) => ({ topic: 't', partition: 0, key: 'k', value })));
    await first.log.truncate('t', 0, 0);
    await first.close();
    expect(await formatOf()).toBe('2');
    const second = await openEmbedded({ folder, clock });
    await second.log.truncate('t', 0, 1);
    await second.close();
    expect(await formatOf()).toBe('3');
    const third = await openEmbedded({ folder, clock });
    expect(await third.log.range('t', 0)).toEqual({ start: 1, end: 2 });
    await third.close();
  });

  it('takes over from a dead owner, and stops writing when another one takes over', async () => {
    const dead = { bootId: 'of another day', pid: 1, startedAt: '1', token: 'dead' };
    const embedded = await openEmbedded({ folder, clock });
    await embedded.close();
    await meddle('owner', JSON.stringify(dead));
    const heir = await openEmbedded({ folder, clock });
    await heir.log.ensureTopics([{ name: 't', partitions: 1 }]);
    await meddle('owner', JSON.stringify({ ...dead, token: 'usurper' }));
    const lane = await heir.log.openLane('embedded');
    const record = { topic: 't', partition: 0, key: 'k', value: 'v' };
    await expect(lane.send([record])).rejects.toThrow(OwnershipLost);
    expect(await heir.log.range('t', 0)).toEqual({ start: 0, end: 0 });
    await heir.close();
  });
});
