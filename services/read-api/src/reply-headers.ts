import type { FastifyReply } from 'fastify';

/** Of bodies that were written as text. */
export const JSON_TYPE = 'application/json; charset=utf-8';

/** Answers change with every commit: nobody may reuse one without asking. */
export function setReadHeaders(reply: FastifyReply, position: string): void {
  reply.header('refold-position', position).header('cache-control', 'no-cache');
}
