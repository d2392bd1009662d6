import type { OperationWithPlanReply } from '@refold/contracts';
import {
  RefoldProblem,
  RefoldUnreachable,
  type NewOperation,
  type OperationVerb,
  type RefoldClient,
} from '@refold/client';
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
import { followOperation } from './follow-operation.js';
import { writeOperation, writePlan } from './operation-text.js';
import { targetOf, type TargetOptions } from './targets.js';

/** Options of `refold plan`, `rewind`, `verify` and `repair`. */
export interface OperateOptions extends CarryOutOptions, TargetOptions {
  projection: NewOperation['projection'];
  partition?: number[];
  /** Verify only so many of the streams. */
  sample?: number;
  /** Share of the time that it may take. */
  share?: number;
  /** Compare and repair instead of replacing all. */
  reconcile?: boolean;
  /** False: compare alone. */
  repair?: boolean;
}

/** What is meant by a command with these options. @throws UsageError for `--no-repair` where nothing is repaired. */
function verbOf(verb: OperationVerb, { reconcile, repair }: OperateOptions): OperationVerb {
  const meant = reconcile === true ? 'repair' : verb;
  if (repair !== false) return meant;
  if (meant === 'repair') return 'verify';
  throw new UsageError('--no-repair goes with --reconcile');
}

/** Options of every command that plans. */
export interface CarryOutOptions extends GlobalOptions {
  /** Carry out the plan; otherwise it is only shown. */
  execute?: boolean;
  dryRun?: boolean;
  yes?: boolean;
}

/** Whether what came out is what was wished for; `verify` wishes for no difference, `archive` for no refusal,
 * `redrive` for no stream that parks again. */
export function exitOf({ status, verb, result }: OperationWithPlanReply): ExitCode {
  if (status !== 'done') return EXIT.failed;
  if (verb === 'archive' && result.refused > 0) return EXIT.failed;
  if (verb === 'redrive' && result.still_parked > 0) return EXIT.failed;
  return verb === 'verify' && result.differing > 0 ? EXIT.failed : EXIT.ok;
}

/** How the person is asked; null: nobody has to be. @throws UsageError where somebody has to, and nobody is there. */
export function questionOf(
  { terminal }: CommandContext,
  yes: boolean,
): (() => Promise<boolean>) | null {
  if (yes) return null;
  const { confirm } = terminal;
  if (confirm !== undefined) return () => confirm('Carry out this plan?');
  throw new UsageError('nobody can be asked here: give --yes, too');
}

/** Starts an operation and waits for its end. */
export async function carryOut(
  context: CommandContext,
  client: RefoldClient,
  operationId: string,
  isJson: boolean,
): Promise<ExitCode> {
  const { terminal, signal } = context;
  const begun = await foldedOperation(
    context,
    client,
    operationId,
    await client.executeOperation(operationId, { signal }),
  );
  terminal.err(
    `The operation ${operationId} runs; refold operations cancel ${operationId} ends it.\n`,
  );
  return watch(context, client, begun, isJson);
}

/** Waits for the end of an operation that runs, whoever started it, and shows how far it is meanwhile. */
export async function watch(
  { terminal, signal }: CommandContext,
  client: RefoldClient,
  begun: OperationWithPlanReply,
  isJson: boolean,
): Promise<ExitCode> {
  const { operation_id: operationId } = begun;
  let ended: OperationWithPlanReply;
  try {
    ended = await followOperation(client, terminal, begun, signal);
  } catch (error) {
    terminal.err(
      `The operation ${operationId} goes on: refold operations follow ${operationId} shows it again, refold operations cancel ${operationId} ends it.\n`,
    );
    throw error;
  }
  if (isJson) writeJson(terminal, ended);
  else terminal.out(writeOperation(ended));
  return exitOf(ended);
}

/** `refold plan`, and `refold rewind`, `verify` and `repair`. */
export async function operate(
  context: CommandContext,
  verb: OperationVerb,
  options: OperateOptions,
): Promise<ExitCode> {
  const { projection, partition: partitions, sample, share } = options;
  const args = await targetOf(options, projection);
  const meant = verbOf(verb, options);
  const asked = { verb: meant, projection, partitions, arguments: args, sample, share };
  return planOrCarryOut(context, asked, options);
}

/** Shows the plan of what is asked and, with --execute, carries it out. */
export async function planOrCarryOut(
  context: CommandContext,
  asked: NewOperation,
  options: CarryOutOptions,
): Promise<ExitCode> {
  const { terminal, signal } = context;
  const { execute = false, dryRun = false } = options;
  if (execute && dryRun) throw new UsageError('--execute and --dry-run exclude each other');
  const isJson = options.json === true;
  const client = clientOf(context, options, execute ? PATIENT : IMPATIENT);
  if (!execute) {
    const { plan } = (await client.dryRunOperation(asked, { signal })).body;
    if (isJson) writeJson(terminal, { plan });
    else terminal.out(`${writePlan(plan)}Nothing was done: --execute carries it out.\n`);
    return EXIT.ok;
  }
  const ask = questionOf(context, options.yes === true);
  const reply = await client.planOperation(asked, { signal });
  const { operation_id: id } = reply.body;
  const planned = await foldedOperation(context, client, id, reply);
  if (planned.status === 'awaiting_approval') {
    if (isJson) writeJson(terminal, planned);
    else terminal.out(writePlan(planned.plan));
    terminal.err(
      `Somebody else has to agree: refold operations approve ${id}, then refold operations execute ${id}.\n`,
    );
    return EXIT.waits;
  }
  if (!isJson || ask !== null) terminal.err(writePlan(planned.plan));
  if (ask === null || (await ask())) {
    return carryOut(context, client, id, isJson).catch(async (error: unknown) => {
      if (error instanceof RefoldProblem) await dismiss(client, id, 'It was refused.');
      throw error;
    });
  }
  await dismiss(client, id, 'It was not confirmed.');
  terminal.err('Nothing was done.\n');
  return EXIT.failed;
}

/** Nobody will carry the plan out. Where that cannot be told, the plan stays, and does no harm. */
async function dismiss(client: RefoldClient, id: string, reason: string): Promise<void> {
  try {
    const { status } = (await client.getOperation(id)).body;
    if (status === 'planned') await client.cancelOperation(id, { reason });
  } catch (error) {
    if (!(error instanceof RefoldProblem || error instanceof RefoldUnreachable)) throw error;
  }
}
