import {
  listWorkersQuery,
  ProblemError,
  readWorkerQuery,
  workerEventsQuery,
  type WorkerListReply,
  type WorkerReply,
  type WorkerSnapshot,
} from '@refold/contracts';
import { mayClaim } from '@refold/domain';
import type { HttpServer } from '@refold/service';
import {
  API_ROOT,
  checkedMembers,
  freshnessOf,
  pathStreamId,
  positionsText,
  positionText,
  presentWorker,
  principalOf,
  type RequestOwner,
  workerDocumentOf,
} from '@refold/serving';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { caughtUp } from '../caught-up.js';
import { eventPage, sendEventPage } from '../event-page.js';
import { filteredList } from '../filtered-list.js';
import { cursorOf, cursorText } from '../list-cursor.js';
import type { Reads } from '../reads.js';
import { setReadHeaders } from '../reply-headers.js';
import { readStream, type FoundStream } from '../stream-read.js';
import { checkpointReply } from './stream-checkpoints.js';

/** @throws ProblemError forbidden, to anybody but the owner. */
export function checkOwner({ state, streamId }: FoundStream, owner: RequestOwner): void {
  if (mayClaim(state.owner, principalOf(owner))) return;
  throw new ProblemError('forbidden', {
    detail: `The worker ${streamId} belongs to somebody else.`,
    extras: { worker_id: streamId },
  });
}

/**
 * `GET /internal/v1/workers`, `…/:worker_id`, the same as `…/snapshot`, `…/checkpoint` and `…/events`:
 * all of one owner.
 */
export function readWorkerRoutes(app: HttpServer, reads: Reads): void {
  const served = reads.served.worker;

  const owned = async (call: FastifyRequest): Promise<FoundStream> => {
    const workerId = pathStreamId('worker', call.params);
    const asked = checkedMembers(readWorkerQuery, call.query);
    const found = await readStream(reads, 'worker', workerId, asked);
    checkOwner(found, asked);
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
      freshness: freshnessOf(found.document, found.position),
    };
    return reply.send(body);
  };
  app.get(`${API_ROOT}/workers/:worker_id`, readWorker);
  app.get(`${API_ROOT}/workers/:worker_id/snapshot`, readWorker);

  app.get(`${API_ROOT}/workers/:worker_id/events`, async (call, reply) => {
    const workerId = pathStreamId('worker', call.params);
    const asked = checkedMembers(workerEventsQuery, call.query);
    await caughtUp(served, asked, served.reader.partitionOf(workerId));
    const page = await eventPage(served.reader, 'worker', workerId, asked.after_seq, asked.limit);
    checkOwner(page.found, asked);
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
    const filter = checkedMembers(listWorkersQuery, call.query);
    const before = filter.cursor === undefined ? undefined : cursorOf(filter.cursor);
    const principal = principalOf(filter);
    await caughtUp(served, filter);
    const { entries, next, positions } = await filteredList(served.reader, {
      kind: 'worker',
      index: `workers/owner/${principal ?? ''}`,
      keep({ document }) {
        const state = document?.state ?? null;
        if (document === null || state === null) return false;
        if (!mayClaim(state.owner, principal)) return false;
        const { status, workspace_ref: workspace } = filter;
        return (
          (status === undefined || state.status === status) &&
          (workspace === undefined || workerDocumentOf(document).workspace_ref === workspace)
        );
      },
      limit: filter.limit,
      before,
    });
    setReadHeaders(reply, positionsText(positions));
    const workers = entries
      .map((entry) => presentWorker(entry, reads.nowMs()))
      .filter((worker): worker is WorkerSnapshot => worker !== null);
    const body: WorkerListReply = { workers, next_cursor: next === null ? null : cursorText(next) };
    return reply.send(body);
  });
}
