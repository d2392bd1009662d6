import type { OperationArguments } from '@refold/contracts';
import type { NewOperation, OperationVerb } from '@refold/client';
import { EXIT, type ExitCode } from '../failure.js';
import {
  clientOf,
  IMPATIENT,
  PATIENT,
  writeJson,
  type CommandContext,
  type GlobalOptions,
} from './context.js';
import { writeDiff, writeGenerations } from './generation-text.js';
import { planOrCarryOut, type CarryOutOptions } from './operate.js';

/** Options of `refold generations`. */
export interface GenerationsOptions extends GlobalOptions {
  projection: NewOperation['projection'];
}

/** Options of `refold diff`. */
export interface DiffCommandOptions extends GenerationsOptions {
  partition?: number;
  against?: number;
  samples: number;
}

/** Options of `refold reproject`, `swap`, `rollback`, `drop` and `rules change`. */
export interface GenerationOptions extends CarryOutOptions {
  projection: NewOperation['projection'];
  partition?: number[];
  /** Share of the time that it may take. */
  share?: number;
  views?: string;
  accept?: string;
  decider?: number;
}

/** `refold generations`: which there are, how far they are folded, and which of them is live. */
export async function listGenerations(
  context: CommandContext,
  options: GenerationsOptions,
): Promise<ExitCode> {
  const { terminal, signal } = context;
  const client = clientOf(context, options, IMPATIENT);
  const { body } = await client.getGenerations(options.projection, { signal });
  if (options.json === true) writeJson(terminal, body);
  else terminal.out(writeGenerations(body));
  return EXIT.ok;
}

/** `refold diff`: what differs between a generation and the live one. Fails where the gate of a swap would. */
export async function diffGeneration(
  context: CommandContext,
  generation: number,
  options: DiffCommandOptions,
): Promise<ExitCode> {
  const { terminal, signal } = context;
  const { projection, partition, against, samples } = options;
  const client = clientOf(context, options, PATIENT);
  const asked = { partition, against, samples, signal };
  const { body } = await client.diffGeneration(projection, generation, asked);
  if (options.json === true) writeJson(terminal, body);
  else terminal.out(writeDiff(body));
  return body.refusals.length === 0 ? EXIT.ok : EXIT.failed;
}

/** What a verb on generations or rules is told, from its options. */
function argumentsOf(
  verb: OperationVerb,
  generation: number,
  { views, accept, decider = 0 }: GenerationOptions,
): OperationArguments {
  switch (verb) {
    case 'reproject':
      return {
        target: 'new-generation',
        ...(views === undefined ? {} : { views }),
      };
    case 'rollback':
      return { target: 'previous-generation' };
    case 'change-rules':
      return { target: 'rules', decider };
    default:
      return { target: 'generation', generation, ...(accept === undefined ? {} : { accept }) };
  }
}

/** `refold reproject`, `swap`, `rollback`, `drop` and `rules change`; `generation` where the verb names one. */
export const operateGenerations = (
  context: CommandContext,
  verb: OperationVerb,
  generation: number,
  options: GenerationOptions,
): Promise<ExitCode> => {
  const { projection, partition: partitions, share } = options;
  const args = argumentsOf(verb, generation, options);
  const asked = { verb, projection, partitions, arguments: args, share };
  return planOrCarryOut(context, asked, options);
};
