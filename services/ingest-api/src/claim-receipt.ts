import { subjectOf } from '@refold/contracts';
import { contentDigest } from '@refold/domain';
import type { Projection, Receipt } from '@refold/pipeline';
import { SOURCE, type Command } from './command.js';

/** Where a record landed. */
export interface Place {
  partition: number;
  offset: number;
}

/** What identifies the claim of a command, so that its verdict can be looked up later. */
export function claimReceipt(command: Command, projection: Projection, place: Place): Receipt {
  const subject = subjectOf(command.kind, command.streamId);
  return {
    projection: projection.name,
    subject,
    source: SOURCE,
    eventId: command.eventId,
    content: command.key === null ? null : digestOf(command, subject),
    ...place,
  };
}

const digestOf = (command: Command, subject: string): string =>
  contentDigest({
    type: command.type,
    subject,
    schemaVersion: command.schemaVersion ?? 1,
    data: command.data,
    expectedSeq: command.expectedSeq,
  });
