import { decideOperationRequest } from '@refold/contracts';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedBody, pathStreamId } from '@refold/serving';
import { z } from 'zod';
import type { Operating } from '../operating.js';
import { answerStep, keyIn, stepCommand } from '../publish-step.js';

const request = z.compile(decideOperationRequest);

/** `POST /internal/v1/operations/:operation_id/approve` and `…/cancel`; the rules say who may, and when. */
export function decideOperationRoutes(app: HttpServer, operating: Operating): void {
  const route = (word: string, type: string): void => {
    app.post(`${API_ROOT}/operations/:operation_id/${word}`, async (call, reply) => {
      const operationId = pathStreamId('operation', call.params);
      const { reason, idempotency_key: bodyKey } = checkedBody(request, call.body ?? {});
      const data = reason === null ? null : { reason };
      const step = { type, data, key: keyIn(call, bodyKey) };
      const command = stepCommand(operating, call, operationId, step);
      return answerStep(operating, call, reply, command, 200);
    });
  };
  route('approve', 'operation.approved');
  route('cancel', 'operation.cancel_requested');
}
