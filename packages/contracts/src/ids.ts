import { z } from 'zod';

/** What a stream is about. More kinds join with their deciders. */
export const STREAM_KINDS = ['run', 'worker', 'operation'] as const;
export type StreamKind = (typeof STREAM_KINDS)[number];

const isStreamKind = (text: string): text is StreamKind =>
  (STREAM_KINDS as readonly string[]).includes(text);

/** Stream IDs: 1-128 of letters, digits, dot, underscore, colon, hyphen. */
export const STREAM_ID_PATTERN = /^[A-Za-z0-9._:-]{1,128}$/;

/** A stream ID, see {@link STREAM_ID_PATTERN}. */
export const streamIdSchema = z
  .string()
  .regex(STREAM_ID_PATTERN, 'expected 1-128 characters of A-Z a-z 0-9 . _ : -');

/** The subject of a record: kind and stream ID, `run/01J...`. */
export const subjectOf = (kind: StreamKind, streamId: string): string => `${kind}/${streamId}`;

/** Splits a subject; null when it does not name a stream of a known kind. */
export function parseSubject(subject: string): { kind: StreamKind; streamId: string } | null {
  const slash = subject.indexOf('/');
  const kind = subject.slice(0, slash);
  const streamId = subject.slice(slash + 1);
  if (!STREAM_ID_PATTERN.test(streamId)) return null;
  return isStreamKind(kind) ? { kind, streamId } : null;
}
