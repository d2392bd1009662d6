import { LETTER_PROJECTIONS, type OperationVerb } from '@refold/client';
import { Option, type Command } from 'commander';
import { ARGUMENTS } from './arguments.js';
import type { CommandContext } from './commands/context.js';
import {
  diffGeneration,
  listGenerations,
  operateGenerations,
  type DiffCommandOptions,
  type GenerationOptions,
  type GenerationsOptions,
} from './commands/generations.js';
import type { ExitCode } from './failure.js';

const SAMPLES_DEFAULT = 20;

const HELP = `
A generation is one complete build of a projection. A new one is built beside the live one, compared with
it, and made live in one step; the one before stays until it is dropped, so that a rollback is as quick.
Without --execute the plan is shown and nothing is done. Needs the scope operate.
Exit codes: 0 done, 1 failed, refused or (diff) a swap would be refused, 2 wrong arguments, 3 planned, and waits
for somebody who agrees.

Examples:
  $ refold reproject --share 0.3 --execute
  $ refold generations
  $ refold diff 2 --samples 100
  $ refold swap 2 --partition 0 --accept 6f1ce0b6d14c7a52 --execute
  $ refold rollback --execute --yes
  $ refold drop 1 --execute`;

const RULES_HELP = `
Earlier events are judged by the rules of their time, for ever; a change holds from its own place on each
partition on. Deploy every projector with the new version first: one that lacks it does not write the
change to its partitions. Needs the scope operate.

Example:
  $ refold rules change --decider 2 --execute`;

/** Whatever is planned first. */
const withPlan = (command: Command): Command =>
  command
    .addOption(
      new Option('--projection <name>', 'of this projection')
        .choices(LETTER_PROJECTIONS)
        .default('runs'),
    )
    .option('--dry-run', 'show the plan, which is done without --execute too')
    .option('--execute', 'carry out the plan and wait for its end')
    .option('--yes', 'do not ask before it is carried out');

const withPartitions = (command: Command): Command =>
  command.option(
    '--partition <numbers>',
    'only of these partitions, joined by commas',
    ARGUMENTS.partitionList,
  );

/** The commands for generations of a projection, and for its rules. */
export function generationCommands(
  program: Command,
  context: CommandContext,
  done: (code: ExitCode) => void,
): void {
  const carriesOut = (command: Command, verb: OperationVerb): Command =>
    withPlan(command)
      .addHelpText('after', verb === 'change-rules' ? RULES_HELP : HELP)
      .action(async (...given: unknown[]) => {
        const ran = given.at(-1) as Command;
        const [generation = 0] = ran.processedArgs as number[];
        const options = ran.optsWithGlobals<GenerationOptions>();
        done(await operateGenerations(context, verb, generation, options));
      });

  carriesOut(
    program
      .command('reproject')
      .description('fold everything again, beside what is live, into a new generation')
      .option('--views <list>', 'into these versions, run@2; the newest when absent')
      .option(
        '--share <share>',
        'of the time, above 0 to 1; half of it when absent',
        ARGUMENTS.share,
      ),
    'reproject',
  );
  listings(program, context, done);
  carriesOut(
    withPartitions(
      program
        .command('swap')
        .description('make another generation the live one, in one step for readers')
        .argument('<generation>', 'its number', ARGUMENTS.generation)
        .option('--accept <digest>', 'the differences that refold diff showed'),
    ),
    'swap',
  );
  carriesOut(
    withPartitions(
      program
        .command('rollback')
        .description(
          'take the last swap back, wherever its generation is live; a rollback itself is not taken back',
        ),
    ),
    'rollback',
  );
  carriesOut(
    program
      .command('drop')
      .description('remove a generation that is not live; this cannot be undone')
      .argument('<generation>', 'its number', ARGUMENTS.generation),
    'drop',
  );
  carriesOut(
    withPartitions(
      program
        .command('rules')
        .description('the rules that events are judged by')
        .command('change')
        .description('judge events from now on by another version of the rules')
        .requiredOption('--decider <version>', 'this version', ARGUMENTS.generation),
    ),
    'change-rules',
  );
}

function listings(program: Command, context: CommandContext, done: (code: ExitCode) => void): void {
  const projection = (): Option =>
    new Option('--projection <name>', 'of this projection')
      .choices(LETTER_PROJECTIONS)
      .default('runs');
  program
    .command('generations')
    .description('which generations there are, and which of them is live')
    .addOption(projection())
    .addHelpText('after', HELP)
    .action(async (_options: object, command: Command) => {
      done(await listGenerations(context, command.optsWithGlobals<GenerationsOptions>()));
    });
  program
    .command('diff')
    .description('what differs between a generation and the live one')
    .argument('<generation>', 'its number', ARGUMENTS.generation)
    .addOption(projection())
    .option('--partition <number>', 'only of this partition', ARGUMENTS.partition)
    .option('--against <generation>', 'another one than the live one', ARGUMENTS.generation)
    .option('--samples <count>', 'streams that are shown', ARGUMENTS.samples, SAMPLES_DEFAULT)
    .addHelpText('after', HELP)
    .action(async (generation: number, _options: object, command: Command) => {
      const options = command.optsWithGlobals<DiffCommandOptions>();
      done(await diffGeneration(context, generation, options));
    });
}
