import { checkEventData, type JsonValue } from '@refold/contracts';
import { principalOf, type RequestOwner } from '@refold/serving';
import type { Command } from '../command.js';
import { eventIdOf } from '../event-id.js';
import type { Ingest } from '../ingest.js';

/** What a request on a worker asks to write. */
export interface WorkerEvent {
  type: string;
  payload: JsonValue;
  owner: RequestOwner;
  key: string | null;
  /** Where in the request the payload stands; absent: its members are those of the body. */
  base?: string;
}

/** The claim of an event of a worker that must be there. @throws ProblemError */
export function workerCommand(ingest: Ingest, workerId: string, event: WorkerEvent): Command {
  const principal = principalOf(event.owner);
  checkEventData('worker', event.type, event.payload, event.base ?? '');
  return {
    kind: 'worker',
    streamId: workerId,
    type: event.type,
    data: event.payload,
    eventId: eventIdOf('worker', workerId, principal, event.key, ingest.newId),
    key: event.key,
    principal,
    expectedSeq: null,
    appendOnly: true,
    schemaVersion: null,
  };
}
