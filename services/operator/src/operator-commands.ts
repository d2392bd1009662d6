import { OPERATION_STATUSES } from '@refold/contracts';
import { LETTER_PROJECTIONS, type OperationVerb } from '@refold/client';
import { Option, type Command } from 'commander';
import { ARGUMENTS } from './arguments.js';
import type { CommandContext, GlobalOptions } from './commands/context.js';
import { explain, RECORDS_DEFAULT, type ExplainOptions } from './commands/explain.js';
import { lag } from './commands/lag.js';
import { operate, type OperateOptions } from './commands/operate.js';
import {
  decideOperation,
  executeOperation,
  followStarted,
  listOperations,
  OPERATIONS_DEFAULT,
  type DecisionOptions,
  type ExecuteOptions,
  type ListOptions,
} from './commands/operations.js';
import type { ExitCode } from './failure.js';
import { generationCommands } from './generation-commands.js';

const OPERATE_HELP = `
Targets are those of kafka-consumer-groups. Each is resolved once, into an offset for every partition; one
that lies ahead of what is folded is refused. Without --execute the plan is shown and nothing is done.
Needs the scope operate. Exit codes: 0 done, 1 failed, canceled or (verify) different, 2 wrong arguments, 3 planned, and
waits for somebody who agrees.

Examples:
  $ refold plan --to-earliest
  $ refold rewind --by-duration PT1H --execute
  $ refold rewind --run run-42 --execute --yes
  $ refold verify --to-earliest --projection workers --execute --yes --json > report.json
  $ refold verify --to-earliest --sample 0.05 --share 0.1 --execute --yes
  $ refold repair --to-earliest --partition 3 --execute`;

const OPERATIONS_HELP = `
Examples:
  $ refold operations list --status running
  $ refold operations follow 0198c6a2-7c40-7a11-8a52-3f0a4d2c9b10
  $ refold operations show 0198c6a2-7c40-7a11-8a52-3f0a4d2c9b10
  $ refold operations approve 0198c6a2-7c40-7a11-8a52-3f0a4d2c9b10 --reason "looked at the plan"
  $ refold operations execute 0198c6a2-7c40-7a11-8a52-3f0a4d2c9b10 --yes
  $ refold operations cancel 0198c6a2-7c40-7a11-8a52-3f0a4d2c9b10`;

const LAG_HELP = `
Needs the scope operate.

Examples:
  $ refold lag
  $ refold lag --json`;

const EXPLAIN_HELP = `
Every record of the run in log order, refused ones, repetitions and dead letters included, judged once more from the
log. Needs the scope operate.

Examples:
  $ refold explain run-42
  $ refold explain worker-7 --projection workers
  $ refold explain run-42 --limit 1000 --json > records.json`;

const projectionOption = (): Option =>
  new Option('--projection <name>', 'of this projection').choices(LETTER_PROJECTIONS);

/** A command with the options of every target. */
const withTargets = (command: Command): Command =>
  command
    .addOption(projectionOption().default('runs'))
    .option(
      '--partition <numbers>',
      'of these partitions, joined by commas',
      ARGUMENTS.partitionList,
    )
    .option('--to-earliest', 'from the beginning of the log')
    .option('--to-latest', 'from its end')
    .option('--to-current', 'from where it stands')
    .option('--to-offset <offset>', 'from an offset', ARGUMENTS.offset)
    .option('--to-datetime <time>', 'since a time: 2026-03-01T12:30:00.000, in UTC')
    .option('--since <time>', 'the same as --to-datetime')
    .option('--by-duration <duration>', 'since so long ago: PT30M, P1D')
    .option(
      '--shift-by <count>',
      'so many offsets from where it stands; negative goes back',
      ARGUMENTS.shift,
    )
    .option('--from-file <file>', 'from the offsets in a file of topic,partition,offset')
    .option('--until <time>', 'with a time to begin at: only what has events before this one')
    .option('--run <id>', 'one run, from its first event; a worker with --projection workers')
    .option('--run-id <id>', 'the same as --run')
    .option(
      '--share <share>',
      'share of the time that it may take on each partition, above 0 to 1; half when absent',
      ARGUMENTS.share,
    )
    .addHelpText('after', OPERATE_HELP);

const VERBS: readonly [OperationVerb, string][] = [
  ['rewind', 'fold streams again from an earlier position, beside the live ones'],
  ['verify', 'compare read models with a fresh fold of the log'],
  ['repair', 'verify, and replace what differs'],
];

/** The commands of those who operate a Refold. */
export function operatorCommands(
  program: Command,
  context: CommandContext,
  done: (code: ExitCode) => void,
): void {
  withTargets(
    program.command('plan').description('what a rewind would do; nothing is recorded'),
  ).action(async (_options: object, command: Command) => {
    done(await operate(context, 'rewind', command.optsWithGlobals<OperateOptions>()));
  });

  for (const [verb, description] of VERBS) {
    const one = withTargets(program.command(verb).description(description));
    if (verb === 'rewind') one.option('--reconcile', 'the same as refold repair');
    if (verb !== 'verify') one.option('--no-repair', 'the same as refold verify');
    one
      .option('--dry-run', 'show the plan, which is done without --execute too')
      .option('--execute', 'carry out the plan and wait for its end')
      .option('--yes', 'do not ask before it is carried out')
      .action(async (_options: object, command: Command) => {
        done(await operate(context, verb, command.optsWithGlobals<OperateOptions>()));
      });
    if (verb === 'verify') {
      one.option('--sample <share>', 'only so many of the streams, above 0 to 1', ARGUMENTS.share);
    }
  }

  program
    .command('lag')
    .description('how far behind each projection is')
    .addHelpText('after', LAG_HELP)
    .action(async (_options: object, command: Command) => {
      done(await lag(context, command.optsWithGlobals<GlobalOptions>()));
    });

  program
    .command('explain')
    .description('where each record of a run lies, what the rules say of it, and why')
    .argument('<run>', 'its ID; of a worker with --projection workers')
    .addOption(projectionOption().default('runs'))
    .option('--limit <records>', 'at most so many', ARGUMENTS.records, RECORDS_DEFAULT)
    .addHelpText('after', EXPLAIN_HELP)
    .action(async (id: string, _options: object, command: Command) => {
      done(await explain(context, id, command.optsWithGlobals<ExplainOptions>()));
    });

  generationCommands(program, context, done);
  operationsCommands(program, context, done);
}

function operationsCommands(
  program: Command,
  context: CommandContext,
  done: (code: ExitCode) => void,
): void {
  const operations = program
    .command('operations')
    .description('what operators did and do')
    .addHelpText('after', OPERATIONS_HELP);
  operations
    .command('list')
    .description('newest first')
    .addOption(projectionOption())
    .addOption(new Option('--status <status>', 'with this status').choices(OPERATION_STATUSES))
    .option('--limit <count>', 'at most so many', ARGUMENTS.operations, OPERATIONS_DEFAULT)
    .addHelpText('after', OPERATIONS_HELP)
    .action(async (_options: object, command: Command) => {
      done(await listOperations(context, command.optsWithGlobals<ListOptions>()));
    });
  const decisions = [
    ['show', 'one operation with its plan, and how far it is'],
    ['approve', 'agree to the plan of somebody else'],
    ['cancel', 'end it; what was replaced stays replaced'],
  ] as const;
  for (const [word, description] of decisions) {
    const one = operations.command(word).description(description).argument('<id>', 'its ID');
    if (word !== 'show') one.option('--reason <text>', 'kept with the decision');
    one
      .addHelpText('after', OPERATIONS_HELP)
      .action(async (id: string, _options: object, command: Command) => {
        done(await decideOperation(context, word, id, command.optsWithGlobals<DecisionOptions>()));
      });
  }
  operations
    .command('follow')
    .description('wait for the end of one that runs')
    .argument('<id>', 'its ID')
    .addHelpText('after', OPERATIONS_HELP)
    .action(async (id: string, _options: object, command: Command) => {
      done(await followStarted(context, id, command.optsWithGlobals<GlobalOptions>()));
    });
  operations
    .command('execute')
    .description('carry out a plan that was made before, and wait for its end')
    .argument('<id>', 'its ID')
    .option('--yes', 'do not ask before it is carried out')
    .addHelpText('after', OPERATIONS_HELP)
    .action(async (id: string, _options: object, command: Command) => {
      done(await executeOperation(context, id, command.optsWithGlobals<ExecuteOptions>()));
    });
}
