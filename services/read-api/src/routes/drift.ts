import { driftQuery, ProblemError, type DriftReply } from '@refold/contracts';
import { OffsetOutOfRange, type DocumentRead, type StreamDocument } from '@refold/pipeline';
import type { HttpServer } from '@refold/service';
import {
  API_ROOT,
  checkedMembers,
  checkNamed,
  isLimited,
  positionText,
  standingOf,
  timeText,
  withBoundOwnerTexts,
} from '@refold/serving';
import { caughtUp } from '../caught-up.js';
import type { Reads } from '../reads.js';
import { setReadHeaders } from '../reply-headers.js';
import { foundStream } from '../stream-read.js';
import { checkAsked } from './read-workers.js';

type Standstill = Pick<
  DriftReply['drift'],
  'reason' | 'offset' | 'view' | 'waiting_events' | 'error'
>;

/** Where the read model of a stream stands still; null: nowhere. The stream itself goes first. */
function standstillOf({ parked, viewFaults }: StreamDocument): Standstill | null {
  if (parked !== null) {
    const { offset, error, count } = parked;
    return { reason: 'parked', offset, waiting_events: count, error };
  }
  const [fault] = viewFaults;
  if (fault === undefined) return null;
  const { offset, error, view } = fault;
  return { reason: 'view_stopped', offset, view, waiting_events: 0, error };
}

/** When a record was appended; null while the log does not answer, or no longer has it. */
async function appendedAt(
  { log }: Reads,
  topic: string,
  partition: number,
  offset: number,
): Promise<string | null> {
  if ((await log.ping()) !== null) return null;
  try {
    const { records } = await log.read(topic, partition, offset, 1);
    const [record] = records;
    return record?.offset === offset ? timeText(record.timestamp) : null;
  } catch (error) {
    if (error instanceof OffsetOutOfRange) return null;
    throw error;
  }
}

const nothing = ({ streamId }: DocumentRead, topic: string, lastSeq: number): ProblemError =>
  new ProblemError('not_found', {
    detail: `${topic} follows the log: ${streamId} is folded up to event ${lastSeq}.`,
  });

/** `GET /internal/v1/projectors/drift`: what stands still, and at which record; 404 when nothing does. */
export function driftRoute(app: HttpServer, reads: Reads): void {
  app.get(`${API_ROOT}/projectors/drift`, async (call, reply) => {
    const asked = checkedMembers(driftQuery, withBoundOwnerTexts(call.caller, call.query));
    const { kind, streamId } = asked.topic;
    const served = reads.served[kind];
    const { caller } = call;
    checkNamed(caller, kind, streamId);
    const standing = standingOf(caller, asked);
    await caughtUp(served, asked, served.reader.partitionOf(streamId));
    const read = await served.reader.document(kind, streamId);
    const { document, position } = read;
    const state = document?.state ?? null;
    // A stream whose first claim is parked belongs to nobody yet.
    if (state !== null || document?.parked == null || isLimited(caller)) {
      const found = foundStream(kind, read, caller);
      if (kind === 'worker') checkAsked(caller, found, standing);
    }
    const topic = kind === 'run' ? `run:${streamId}:events` : `${kind}:${streamId}:lifecycle`;
    const lastSeq = state?.seq ?? 0;
    const standstill = document === null ? null : standstillOf(document);
    if (standstill === null) throw nothing(read, topic, lastSeq);
    const { partition } = position;
    const { topic: logTopic } = served.reader.projection;
    setReadHeaders(reply, positionText(position));
    const body: DriftReply = {
      drift: {
        topic,
        last_seen_seq: lastSeq,
        expected_next_seq: lastSeq + 1,
        partition,
        detected_at: await appendedAt(reads, logTopic, partition, standstill.offset),
        ...standstill,
        position: positionText(position),
      },
    };
    return reply.send(body);
  });
}
