import type { FastifyReply } from 'fastify';

/** Answers change with every commit: nobody may reuse one without asking. */
export function setReadHeaders(reply: FastifyReply, position: string): void {
  reply.header('refold-position', position).header('cache-control', 'no-cache');
}
