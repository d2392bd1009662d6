import type { Database, RangeOptions, Transaction } from 'lmdb';
import { seal, unseal } from './seal.js';

/** Texts under keys made of parts, in one database; each is checked whenever it is read. */
export interface SealedTexts {
  get(key: Buffer, options?: { transaction: Transaction }): string | undefined;
  getKeys(options: RangeOptions): Iterable<Buffer>;
  getRange(options: RangeOptions): Iterable<{ key: Buffer; value: string }>;
  putSync(key: Buffer, text: string): void;
  removeSync(key: Buffer): void;
}

/** How the database of {@link sealedTexts} is opened. */
export const BYTES_BY_BYTES = { encoding: 'binary', keyEncoding: 'binary' } as const;

/** Wraps a database that was opened with {@link BYTES_BY_BYTES}. */
export function sealedTexts(database: Database<Buffer, Buffer>): SealedTexts {
  const textOf = (key: Buffer, stored: Buffer): string => unseal(key, stored).toString();
  return {
    get(key, options) {
      const stored = database.get(key, options);
      return stored === undefined ? undefined : textOf(key, stored);
    },
    getKeys: (options) => database.getKeys(options),
    getRange: (options) =>
      database.getRange(options).map(({ key, value }) => ({ key, value: textOf(key, value) })),
    putSync(key, text) {
      database.putSync(key, seal(key, Buffer.from(text)));
    },
    removeSync(key) {
      database.removeSync(key);
    },
  };
}
