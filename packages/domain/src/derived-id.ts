import { hash } from 'node:crypto';
import type { StreamKind } from '@refold/contracts';

/** UUIDv8 (RFC 9562): 122 bits of SHA-256 over the JSON text of `parts`. */
function uuidOf(parts: readonly (string | null)[]): string {
  const hex = hash('sha256', JSON.stringify(parts), 'hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/**
 * The event ID of a request with an idempotency key, so that a retry makes the same claim.
 * @param stream The subject, `run/…`.
 * @param principal Null: nobody in particular.
 */
export const deriveEventId = (principal: string | null, stream: string, key: string): string =>
  uuidOf(['event', principal, stream, key]);

/**
 * The event ID of what its sender named by itself, a frame or a request; apart from all that is
 * derived of keys, so that a frame and an event with the same text as key do not meet.
 * @param stream The subject, `run/…`.
 */
export const deriveNamedId = (
  what: 'frame' | 'request',
  principal: string | null,
  stream: string,
  name: string,
): string => uuidOf([what, principal, stream, name]);

/** The ID of a stream whose creating request has a key but no ID, so that a retry meets the same stream. */
export const deriveStreamId = (kind: StreamKind, principal: string | null, key: string): string =>
  uuidOf(['stream', kind, principal, key]);

/**
 * The ID of the operation that carries out a reset which somebody left in a consumer group, so that noticing it
 * again is the same operation; apart from all that is derived of keys.
 * @param checkpoint As it stood when the reset was noticed, whole: the same reset after another commit is another one.
 */
export const deriveResetId = (
  group: string,
  partition: number,
  target: number,
  checkpoint: string,
): string => uuidOf(['reset', group, `${partition}`, `${target}`, checkpoint]);
