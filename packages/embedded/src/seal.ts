import { crc32c } from '@node-rs/crc32';
import { FolderUnusable } from './errors.js';

/** Before every stored value: CRC-32C over key and value, so that damage is seen and not believed. */
const SEAL_BYTES = 4;

const sealOf = (key: Uint8Array, value: Uint8Array): number => crc32c(value, crc32c(key));

/** A value as it is stored. */
export function seal(key: Uint8Array, value: Uint8Array): Buffer {
  const stored = Buffer.allocUnsafe(SEAL_BYTES + value.length);
  stored.writeUInt32LE(sealOf(key, value), 0);
  stored.set(value, SEAL_BYTES);
  return stored;
}

export const isSealed = (key: Uint8Array, stored: Buffer): boolean =>
  stored.length >= SEAL_BYTES &&
  stored.readUInt32LE(0) === sealOf(key, stored.subarray(SEAL_BYTES));

/** The value again, sharing memory. Throws {@link FolderUnusable} when it is not what was stored. */
export function unseal(key: Uint8Array, stored: Buffer): Buffer {
  if (isSealed(key, stored)) return stored.subarray(SEAL_BYTES);
  const shown = JSON.stringify(Buffer.from(key).toString('latin1'));
  throw new FolderUnusable(
    `data.mdb is damaged (the entry under ${shown} is not what was written): stop, and restore a copy`,
  );
}
