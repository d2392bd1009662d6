import { checkEventData, type JsonValue } from '@refold/contracts';
import { checkNamed, standingOf, type RequestOwner } from '@refold/serving';
import type { Caller } from '@refold/auth';
import type { Command } from '../command.js';
import { eventIdOf } from '../event-id.js';
import type { Ingest } from '../ingest.js';

/** What a request on a worker asks to write. */
export interface WorkerEvent {
  caller: Caller | null;
  type: string;
  payload: JsonValue;
  owner: RequestOwner;
  key: string | null;
  /** Where in the request the payload stands; absent: its members are those of the body. */
  base?: string;
}

/** The claim of an event of a worker that must be there. @throws ProblemError */
export function workerCommand(ingest: Ingest, workerId: string, event: WorkerEvent): Command {
  checkNamed(event.caller, 'worker', workerId);
  const { principal, bound, identity } = standingOf(event.caller, event.owner);
  checkEventData('worker', event.type, event.payload, event.base ?? '');
  return {
    kind: 'worker',
    streamId: workerId,
    type: event.type,
    data: event.payload,
    eventId: eventIdOf('worker', workerId, identity, event.key, ingest.newId),
    key: event.key,
    principal,
    bound,
    expectedSeq: null,
    appendOnly: true,
    schemaVersion: null,
  };
}
