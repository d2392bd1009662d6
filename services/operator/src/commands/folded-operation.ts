import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationWithPlanReply } from '@refold/contracts';
import { RefoldProblem, type RefoldClient, type Reply } from '@refold/client';
import type { CommandContext } from './context.js';

/** How often it is asked for, and how long at most, milliseconds. */
const LOOK_MS = 500;
const FOLDED_MS_MAX = 60_000;

/** The server has recorded what was asked for, and nothing has folded it yet. */
const RECORDED = 202;

/**
 * The operation of a reply; where the reply says only that it was recorded, as soon as a projector has folded that far.
 * @throws Error where none has after a minute or two: it stays recorded, and is done when one comes.
 */
export async function foldedOperation(
  { terminal, signal }: CommandContext,
  client: RefoldClient,
  operationId: string,
  { status, position, body }: Reply<OperationWithPlanReply>,
): Promise<OperationWithPlanReply> {
  if (status !== RECORDED) return body;
  terminal.err('It is recorded, and waits for a projector that folds operations.\n');
  const after = position ?? undefined;
  for (const until = Date.now() + FOLDED_MS_MAX; Date.now() < until;) {
    try {
      return (await client.getOperation(operationId, { signal, after })).body;
    } catch (error) {
      if (!(error instanceof RefoldProblem && WAITED_FOR.has(error.code))) throw error;
    }
    await sleep(LOOK_MS, undefined, { signal });
  }
  throw new Error(
    `no projector has folded it yet: is one running? It stays recorded: refold operations show ${operationId}`,
  );
}

const WAITED_FOR: ReadonlySet<string> = new Set(['not_found', 'catching_up']);
