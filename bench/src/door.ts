import { randomUUID } from 'node:crypto';
import { appendEventRequest } from '@refold/contracts';
import type { AppendEventRequest } from '@refold/contracts';
import { fastify } from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

/** Compiled, as the product does it. */
const request = z.compile(appendEventRequest);

/** An event that passed the schema of the product. */
export interface Admitted {
  runId: string;
  eventId: string;
  event: AppendEventRequest;
}

/** What a request becomes once its body passed. @throws ZodError, which fastify answers with 500 */
export function admit(call: FastifyRequest): Admitted {
  const { run_id: runId } = call.params as { run_id: string };
  return { runId, eventId: randomUUID(), event: request.parse(call.body) };
}

/** The answer of every comparison: 202, as nobody judged the event. */
export const answer = (reply: FastifyReply, { runId, eventId }: Admitted): FastifyReply =>
  reply.code(202).send({ run_id: runId, event_id: eventId, verdict: 'pending' });

/** A bare fastify with the product's write route and a probe; listens on 127.0.0.1. */
export async function openDoor(
  port: number,
  handle: (call: FastifyRequest, reply: FastifyReply) => unknown,
): Promise<FastifyInstance> {
  const app = fastify({ logger: false });
  app.get('/readyz', () => ({ status: 'ready' }));
  app.post('/internal/v1/runs/:run_id/events', handle);
  await app.listen({ port, host: '127.0.0.1' });
  return app;
}
