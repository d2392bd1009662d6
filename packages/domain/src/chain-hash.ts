import { xxHash64 } from './xx-hash.js';

/** The chain of a stream without events. */
export const CHAIN_START = '0000000000000000';

/**
 * The chain hash after one more event: 16 lower-case hex digits of
 *
 *     XXH64(seed 0, UTF-8 of
 *       previous "\n" seq "\n" length(type) "\n" type key "\n" data)
 *
 * `previous` is the chain before (sixteen zeros at first), `seq` is decimal, `length(type)` the
 * decimal count of UTF-16 units of the type, `data` the JSON text of the event's data as
 * `JSON.stringify` writes it after parsing. `key` is empty without an idempotency key, otherwise
 * `length(key) ":" key` with the length as before. Lengths make the framing unambiguous.
 */
export function chainHash(
  previous: string,
  seq: number,
  type: string,
  key: string | null,
  dataText: string,
): string {
  const framedKey = key === null ? '' : `${key.length}:${key}`;
  return xxHash64(`${previous}\n${seq}\n${type.length}\n${type}${framedKey}\n${dataText}`);
}
