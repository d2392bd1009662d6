import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FolderInUse } from './errors.js';
import { openEmbedded, type Embedded } from './open-embedded.js';
import { ownerHere } from './owner.js';
import { inspect } from './ownership.js';
import { PageFault, PageFile } from './page-file.js';

/** Of a whole page; of meta pages less is read. */
const PAGE_BYTES = 4096;

/** A file whose pages are used again while they are read, for so many reads. */
class WrittenFile extends PageFile {
  torn: number;
  #writes = 0;

  constructor(path: string, torn: number) {
    super(path);
    this.torn = torn;
  }

  override fill(into: Buffer, position: number): Buffer {
    if (into.length === PAGE_BYTES && this.torn-- > 0) throw new PageFault('torn');
    return super.fill(into, position);
  }

  override stamp(): string {
    return this.torn > 0 ? `written ${this.#writes++} times` : super.stamp();
  }
}

/** A file whose damage stands still. */
class DamagedFile extends WrittenFile {
  override stamp(): string {
    return 'as before';
  }
}

describe('a folder that is in use', () => {
  let folder = '';
  let embedded: Embedded;
  const here = ownerHere(Date.now(), 'another');

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'refold-ownership-'));
    embedded = await openEmbedded({ folder, clock: () => Date.now() });
  });

  afterAll(async () => {
    await embedded.close();
    rmSync(folder, { recursive: true });
  });

  const looked = (file: PageFile): unknown => {
    try {
      inspect(folder, file, here);
      return;
    } catch (error) {
      return error;
    } finally {
      file.close();
    }
  };

  it('is not taken for damaged while its owner writes', () => {
    const path = join(folder, 'data.mdb');
    expect(looked(new PageFile(path))).toBeInstanceOf(FolderInUse);
    expect(looked(new WrittenFile(path, 40))).toBeInstanceOf(FolderInUse);
  });

  it('is damaged when what does not fit stands still', () => {
    const damaged = new DamagedFile(join(folder, 'data.mdb'), Infinity);
    expect(looked(damaged)).toBeInstanceOf(PageFault);
  });
});
