import {
  listWorkersQuery,
  ProblemError,
  readWorkerQuery,
  workerEventsQuery,
  type WorkerListReply,
  type WorkerReply,
  type WorkerSnapshot,
} from '@refold/contracts';
import { mayClaim, type Claimant } from '@refold/domain';
import type { ListEntry } from '@refold/pipeline';
import type { HttpServer } from '@refold/service';
import {
  API_ROOT,
  checkedMembers,
  checkNamed,
  freshnessOf,
  pathStreamId,
  positionsText,
  positionText,
  presentWorker,
  isLimited,
  namedIds,
  standingOf,
  withBoundOwnerTexts,
  workerDocumentOf,
} from '@refold/serving';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { caughtUp } from '../caught-up.js';
import { eventPage, sendEventPage } from '../event-page.js';
import { filteredList, namedList } from '../filtered-list.js';
import { cursorOf, cursorText } from '../list-cursor.js';
import type { Reads } from '../reads.js';
import { setReadHeaders } from '../reply-headers.js';
import { readStream, unseen, type FoundStream } from '../stream-read.js';
import type { Caller } from '@refold/auth';
import { checkpointReply } from './stream-checkpoints.js';

/** @throws ProblemError forbidden, to anybody but the owner. */
function checkOwner({ state, streamId }: FoundStream, { principal, bound }: Claimant): void {
  if (mayClaim(state.owner, { principal, bound })) return;
  throw new ProblemError('forbidden', {
    detail: `The worker ${streamId} belongs to somebody else.`,
    extras: { worker_id: streamId },
  });
}

/** The same for a reader that names an owner: to one that is bound, what is not its own is not there. */
export function checkAsked(caller: Caller | null, found: FoundStream, claimant: Claimant): void {
  if (!isLimited(caller)) return checkOwner(found, claimant);
  if (!mayClaim(found.state.owner, claimant)) throw unseen('worker', found.streamId);
}

/**
 * `GET /internal/v1/workers`, `…/:worker_id`, the same as `…/snapshot`, `…/checkpoint` and `…/events`:
 * all of one owner.
 */
export function readWorkerRoutes(app: HttpServer, reads: Reads): void {
  const served = reads.served.worker;

  const owned = async (call: FastifyRequest): Promise<FoundStream> => {
    const workerId = pathStreamId('worker', call.params);
    const asked = checkedMembers(readWorkerQuery, withBoundOwnerTexts(call.caller, call.query));
    const standing = standingOf(call.caller, asked);
    const found = await readStream(reads, call.caller, 'worker', workerId, asked);
    checkAsked(call.caller, found, standing);
    return found;
  };

  const readWorker = async (call: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const found = await owned(call);
    const worker = presentWorker(found, reads.nowMs());
    if (worker === null) throw new Error('a stream that was found has no worker');
    setReadHeaders(reply, positionText(found.position));
    const body: WorkerReply = {
      worker,
      position: positionText(found.position),
      freshness: freshnessOf(found),
    };
    return reply.send(body);
  };
  app.get(`${API_ROOT}/workers/:worker_id`, readWorker);
  app.get(`${API_ROOT}/workers/:worker_id/snapshot`, readWorker);

  app.get(`${API_ROOT}/workers/:worker_id/events`, async (call, reply) => {
    const workerId = pathStreamId('worker', call.params);
    const asked = checkedMembers(workerEventsQuery, withBoundOwnerTexts(call.caller, call.query));
    const standing = standingOf(call.caller, asked);
    checkNamed(call.caller, 'worker', workerId);
    await caughtUp(served, asked, served.reader.partitionOf(workerId));
    const page = await eventPage(
      served.reader,
      call.caller,
      { kind: 'worker', streamId: workerId },
      asked.after_seq,
      asked.limit,
    );
    checkAsked(call.caller, page.found, standing);
    return sendEventPage(reply, page);
  });

  app.get(`${API_ROOT}/workers/:worker_id/checkpoint`, async (call, reply) => {
    const found = await owned(call);
    setReadHeaders(reply, positionText(found.position));
    const { last_event_type: lastEventType } = workerDocumentOf(found.document);
    const topic = `worker:${found.streamId}:lifecycle`;
    return reply.send(checkpointReply(found, topic, lastEventType));
  });

  app.get(`${API_ROOT}/workers`, async (call, reply) => {
    const filter = checkedMembers(listWorkersQuery, withBoundOwnerTexts(call.caller, call.query));
    const before = filter.cursor === undefined ? undefined : cursorOf(filter.cursor);
    const { principal, bound } = standingOf(call.caller, filter);
    const names = call.caller === null ? null : namedIds(call.caller, 'worker');
    await caughtUp(served, filter);
    const listing = {
      keep({ document }: ListEntry): boolean {
        const state = document?.state ?? null;
        if (document === null || state === null) return false;
        if (!mayClaim(state.owner, { principal, bound })) return false;
        const { status, workspace_ref: workspace } = filter;
        return (
          (status === undefined || state.status === status) &&
          (workspace === undefined || workerDocumentOf(document).workspace_ref === workspace)
        );
      },
      limit: filter.limit,
      before,
    };
    const index = `workers/owner/${principal ?? ''}`;
    const { entries, next, positions } =
      names === null
        ? await filteredList(served.reader, { kind: 'worker', index, ...listing })
        : await namedList(served.reader, 'worker', names, listing);
    setReadHeaders(reply, positionsText(positions));
    const workers = entries
      .map((entry) => presentWorker(entry, reads.nowMs()))
      .filter((worker): worker is WorkerSnapshot => worker !== null);
    const body: WorkerListReply = { workers, next_cursor: next === null ? null : cursorText(next) };
    return reply.send(body);
  });
}
