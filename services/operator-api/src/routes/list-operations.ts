import {
  listOperationsQuery,
  type ListOperationsQuery,
  type OperationListReply,
  type OperationReply,
} from '@refold/contracts';
import type { OperationDocument } from '@refold/domain';
import type { ListEntry } from '@refold/pipeline';
import { caughtUp, cursorOf, cursorText, filteredList, setReadHeaders } from '@refold/read-api';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedMembers, positionsText } from '@refold/serving';
import { checkUnbound } from '../found-operation.js';
import type { Operating } from '../operating.js';
import { presentOperation } from '../present-operation.js';

/** The index that has the fewest operations besides those asked for. */
function indexOf({ status, projection, verb }: ListOperationsQuery): string {
  if (status !== undefined) return `operations/status/${status}`;
  if (verb !== undefined) return `operations/verb/${verb}`;
  return projection === undefined ? 'operations/all' : `operations/projection/${projection}`;
}

const keeps =
  ({ status, projection, verb }: ListOperationsQuery) =>
  ({ document }: ListEntry): boolean => {
    const state = document?.state ?? null;
    if (document === null || state === null) return false;
    const operation = document.views['operation'] as OperationDocument;
    return (
      (status === undefined || state.status === status) &&
      (projection === undefined || operation.projection === projection) &&
      (verb === undefined || operation.verb === verb)
    );
  };

/** `GET /internal/v1/operations`: newest first. */
export function listOperationsRoute(app: HttpServer, { reads }: Operating): void {
  const served = reads.served.operation;
  app.get(`${API_ROOT}/operations`, async (call, reply) => {
    checkUnbound(call.caller);
    const filter = checkedMembers(listOperationsQuery, call.query);
    const before = filter.cursor === undefined ? undefined : cursorOf(filter.cursor);
    await caughtUp(served, filter);
    const { entries, next, positions } = await filteredList(served.reader, {
      kind: 'operation',
      index: indexOf(filter),
      keep: keeps(filter),
      limit: filter.limit,
      before,
    });
    setReadHeaders(reply, positionsText(positions));
    const operations = entries
      .map(presentOperation)
      .filter((operation): operation is OperationReply => operation !== null);
    const body: OperationListReply = {
      operations,
      next_cursor: next === null ? null : cursorText(next),
    };
    return reply.send(body);
  });
}
