import { ProblemError, type StreamKind } from '@refold/contracts';
import type { StreamState } from '@refold/domain';
import type { DocumentRead, StreamDocument } from '@refold/pipeline';
import { ID_MEMBER } from '@refold/serving';
import { caughtUp, type Freshly } from './caught-up.js';
import type { Reads } from './reads.js';

/** A stream that exists. */
export interface FoundStream extends DocumentRead {
  document: StreamDocument;
  state: StreamState;
}

/** @throws ProblemError not_found, also while the first claim of the stream is parked. */
export function foundStream(kind: StreamKind, read: DocumentRead): FoundStream {
  const { document } = read;
  const state = document?.state ?? null;
  if (document !== null && state !== null) return { ...read, document, state };
  const parked = document?.parked ?? null;
  throw new ProblemError('not_found', {
    detail:
      parked === null
        ? `There is no ${kind} ${read.streamId}.`
        : `The ${kind} ${read.streamId} stands parked at the claim that would begin it: ${parked.error}`,
    extras: { [ID_MEMBER[kind]]: read.streamId },
  });
}

/** Reads a stream's document once the position that was presented is folded. @throws ProblemError */
export async function readStream(
  reads: Reads,
  kind: StreamKind,
  streamId: string,
  freshly: Freshly,
): Promise<FoundStream> {
  const served = reads.served[kind];
  await caughtUp(served, freshly, served.reader.partitionOf(streamId));
  return foundStream(kind, await served.reader.document(kind, streamId));
}
