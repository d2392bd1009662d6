import { readOperationQuery } from '@refold/contracts';
import { caughtUp, setReadHeaders } from '@refold/read-api';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedMembers, pathStreamId } from '@refold/serving';
import { checkUnbound, foundOperation } from '../found-operation.js';
import type { Operating } from '../operating.js';
import { differencesOf } from '../operation-differences.js';
import { progressOf } from '../operation-progress.js';
import { withPlan } from '../present-operation.js';

/** `GET /internal/v1/operations/:operation_id`: its plan, and how far it is. */
export function readOperationRoute(app: HttpServer, operating: Operating): void {
  const served = operating.reads.served.operation;
  app.get(`${API_ROOT}/operations/:operation_id`, async (call, reply) => {
    checkUnbound(call.caller);
    const operationId = pathStreamId('operation', call.params);
    const asked = checkedMembers(readOperationQuery, call.query);
    await caughtUp(served, asked, served.reader.partitionOf(operationId));
    const found = await foundOperation(operating, operationId);
    const { operation, planned } = found;
    const body = withPlan(operation, planned, await progressOf(operating, found));
    const isWhole = asked.include === 'differences';
    if (isWhole) Object.assign(body, await differencesOf(operating, operationId));
    setReadHeaders(reply, operation.position);
    return reply.send(body);
  });
}
