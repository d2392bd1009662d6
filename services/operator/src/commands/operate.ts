import type { OperationWithPlanReply } from '@refold/contracts';
import type { NewOperation, OperationVerb, RefoldClient } from '@refold/client';
import { EXIT, UsageError, type ExitCode } from '../failure.js';
import {
  clientOf,
  IMPATIENT,
  PATIENT,
  writeJson,
  type CommandContext,
  type GlobalOptions,
} from './context.js';
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

/** Whether what came out is what was wished for; `verify` wishes for no difference, `archive` for no refusal. */
export function exitOf({ status, verb, result }: OperationWithPlanReply): ExitCode {
  if (status !== 'done') return EXIT.failed;
  if (verb === 'archive' && result.refused > 0) return EXIT.failed;
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
  const { body: begun } = await client.executeOperation(operationId, { signal });
  terminal.err(
    `The operation ${operationId} runs; refold operations cancel ${operationId} ends it.\n`,
  );
  const ended = await followOperation(client, terminal, begun, signal);
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
  const { body: planned } = await client.planOperation(asked, { signal });
  const { operation_id: id } = planned;
  if (planned.status === 'awaiting_approval') {
    if (isJson) writeJson(terminal, planned);
    else terminal.out(writePlan(planned.plan));
    terminal.err(
      `Somebody else has to agree: refold operations approve ${id}, then refold operations execute ${id}.\n`,
    );
    return EXIT.waits;
  }
  if (!isJson) terminal.err(writePlan(planned.plan));
  if (ask === null || (await ask())) return carryOut(context, client, id, isJson);
  await client.cancelOperation(id, { signal, reason: 'It was not confirmed.' });
  terminal.err('Nothing was done.\n');
  return EXIT.failed;
}
