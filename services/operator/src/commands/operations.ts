import type { OperationReply } from '@refold/contracts';
import type { OperationFilter } from '@refold/client';
import { EXIT, UsageError, type ExitCode } from '../failure.js';
import {
  clientOf,
  IMPATIENT,
  PATIENT,
  writeJson,
  type CommandContext,
  type GlobalOptions,
} from './context.js';
import { foldedOperation } from './folded-operation.js';
import { carryOut, questionOf, watch } from './operate.js';
import { writeOperation, writeOperations, writePlan } from './operation-text.js';

/** Options of `refold operations list`. */
export interface ListOptions extends GlobalOptions, Pick<OperationFilter, 'status' | 'projection'> {
  limit: number;
}

/** Options of a decision. */
export interface DecisionOptions extends GlobalOptions {
  reason?: string;
}

/** Most operations that one call shows, as many as a server gives at once; and how many if nobody says. */
export const OPERATIONS_MAX = 200;
export const OPERATIONS_DEFAULT = 20;

/** `refold operations list`: newest first. */
export async function listOperations(
  context: CommandContext,
  { status, projection, limit, ...options }: ListOptions,
): Promise<ExitCode> {
  const { terminal, signal } = context;
  const client = clientOf(context, options, IMPATIENT);
  const { body } = await client.listOperations({ status, projection, limit, signal });
  const operations: readonly OperationReply[] = body.operations;
  if (options.json === true) writeJson(terminal, { operations, more: body.next_cursor !== null });
  else terminal.out(writeOperations(operations, terminal.columns));
  return EXIT.ok;
}

/** `refold operations show`, `approve`, `cancel`: what is done, and the operation after it. */
export async function decideOperation(
  context: CommandContext,
  word: 'show' | 'approve' | 'cancel',
  id: string,
  options: DecisionOptions,
): Promise<ExitCode> {
  const { terminal, signal } = context;
  const client = clientOf(context, options, IMPATIENT);
  const calls = {
    show: () => client.getOperation(id, { signal, include: 'differences' }),
    approve: () => client.approveOperation(id, { signal, reason: options.reason }),
    cancel: () => client.cancelOperation(id, { signal, reason: options.reason }),
  };
  const body = await foldedOperation(context, client, id, await calls[word]());
  if (options.json === true) writeJson(terminal, body);
  else terminal.out(writeOperation(body));
  return EXIT.ok;
}

/** `refold operations follow`: waits for the end of one that runs. */
export async function followStarted(
  context: CommandContext,
  id: string,
  options: GlobalOptions,
): Promise<ExitCode> {
  const client = clientOf(context, options, PATIENT);
  const { body } = await client.getOperation(id, { signal: context.signal });
  if (body.started_at !== null) return watch(context, client, body, options.json === true);
  const advice =
    body.status === 'planned' || body.status === 'approved'
      ? `refold operations execute ${id} carries out what was planned`
      : 'it was not started';
  throw new UsageError(`the operation is ${body.status}: ${advice}`);
}

/** Options of `refold operations execute`. */
export interface ExecuteOptions extends GlobalOptions {
  yes?: boolean;
}

/** `refold operations execute`: carries out a plan that was made before. */
export async function executeOperation(
  context: CommandContext,
  id: string,
  options: ExecuteOptions,
): Promise<ExitCode> {
  const { terminal, signal } = context;
  const client = clientOf(context, options, PATIENT);
  const ask = questionOf(context, options.yes === true);
  if (ask !== null) {
    const { body } = await client.getOperation(id, { signal });
    terminal.err(writePlan(body.plan));
    if (!(await ask())) {
      terminal.err(`Nothing was done; the plan is kept: refold operations cancel ${id} ends it.\n`);
      return EXIT.failed;
    }
  }
  return carryOut(context, client, id, options.json === true);
}
