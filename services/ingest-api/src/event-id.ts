import { subjectOf, type StreamKind } from '@refold/contracts';
import { deriveEventId, deriveStreamId } from '@refold/domain';

/** Makes the IDs of claims and streams. `newId`: a UUIDv7, new at every call. */
export type NewId = () => string;

const OWN_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * An event ID that an answer told may be sent as the key of a retry: then it is the event ID again,
 * and not something derived from it.
 */
const isOwnId = (key: string): boolean => key.length === 36 && OWN_ID.test(key);

/** The event ID of a claim on a stream that is known. */
export function eventIdOf(
  kind: StreamKind,
  streamId: string,
  principal: string | null,
  key: string | null,
  newId: NewId,
): string {
  if (key === null) return newId();
  return isOwnId(key) ? key : deriveEventId(principal, subjectOf(kind, streamId), key);
}

/**
 * The base of both IDs of a claim that creates a stream without naming it. They are the same text, so
 * that a retry whose key is the event ID meets the same stream.
 */
export function birthIdOf(
  kind: StreamKind,
  principal: string | null,
  key: string | null,
  newId: NewId,
): string {
  if (key === null) return newId();
  return isOwnId(key) ? key : deriveStreamId(kind, principal, key);
}
