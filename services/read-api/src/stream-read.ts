import { ProblemError, type StreamKind } from '@refold/contracts';
import type { StreamState } from '@refold/domain';
import type { DocumentRead, StreamDocument } from '@refold/pipeline';
import { checkNamed, ID_MEMBER, isLimited, maySee } from '@refold/serving';
import type { Caller } from '@refold/auth';
import { caughtUp, type Freshly } from './caught-up.js';
import type { Reads } from './reads.js';

/** A stream that exists. */
export interface FoundStream extends DocumentRead {
  document: StreamDocument;
  state: StreamState;
}

/**
 * @throws ProblemError not_found, also while the first claim of the stream is parked, and for a stream that the
 * caller may not see: the two are told alike.
 */
export function foundStream(
  kind: StreamKind,
  read: DocumentRead,
  caller: Caller | null,
): FoundStream {
  const { document } = read;
  const state = document?.state ?? null;
  if (document !== null && state !== null && maySee(caller, kind, state.owner)) {
    return { ...read, document, state };
  }
  // A stream whose first claim is parked belongs to nobody yet.
  const parked = isLimited(caller) ? null : (document?.parked ?? null);
  if (parked === null) throw unseen(kind, read.streamId);
  throw new ProblemError('not_found', {
    detail: `The ${kind} ${read.streamId} stands parked at the claim that would begin it: ${parked.error}`,
    extras: { [ID_MEMBER[kind]]: read.streamId },
  });
}

/** What is told of a stream that there is not, and of one that the caller may not see. */
export const unseen = (kind: StreamKind, streamId: string): ProblemError =>
  new ProblemError('not_found', {
    detail: `There is no ${kind} ${streamId}.`,
    extras: { [ID_MEMBER[kind]]: streamId },
  });

/** Reads a stream's document once the position that was presented is folded. @throws ProblemError */
export async function readStream(
  reads: Reads,
  caller: Caller | null,
  kind: StreamKind,
  streamId: string,
  freshly: Freshly,
): Promise<FoundStream> {
  checkNamed(caller, kind, streamId);
  const served = reads.served[kind];
  await caughtUp(served, freshly, served.reader.partitionOf(streamId));
  return foundStream(kind, await served.reader.document(kind, streamId), caller);
}
