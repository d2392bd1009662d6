import { ProblemError } from '@refold/contracts';
import type { FastifyReply } from 'fastify';

/** Aborted when the client goes away before it was answered: nobody waits for what is read for it. */
export function whenClientGoes({ raw }: Pick<FastifyReply, 'raw'>): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () => {
    if (raw.writableEnded) return;
    const detail = 'The client went away before it was answered.';
    controller.abort(new ProblemError('overloaded', { detail }));
  });
  return controller.signal;
}
