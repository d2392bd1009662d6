import { LETTER_PROJECTIONS } from '@refold/client';
import { Option, type Command } from 'commander';
import { ARGUMENTS } from './arguments.js';
import type { CommandContext } from './commands/context.js';
import {
  listParked,
  PARKED_DEFAULT,
  redriveParked,
  showParked,
  skipParked,
  type ParkedListOptions,
  type ParkedOptions,
  type RedriveOptions,
  type SkipOptions,
} from './commands/parked.js';
import type { ExitCode } from './failure.js';

const PARKED_HELP = `
A stream is parked where the rules threw on an event of it; what came later waits, other streams go on.
After the fix is deployed, redrive folds it again as if it had never stood still. Skip goes on without the
event, for ever: that is a record on the log, and every later rebuild decides the same. Needs the scope
operate.

Examples:
  $ refold parked list
  $ refold parked list --error TypeError
  $ refold parked show run-42
  $ refold parked redrive run-42 --execute
  $ refold parked redrive --error "TypeError: Cannot read" --execute --yes
  $ refold parked redrive --all --projection workers --execute
  $ refold parked skip run-42 --offset 1042 --execute`;

const projectionOption = (): Option =>
  new Option('--projection <name>', 'of this projection').choices(LETTER_PROJECTIONS);

const carriedOut = (command: Command): Command =>
  command
    .addOption(projectionOption().default('runs'))
    .option('--dry-run', 'show the plan, which is done without --execute too')
    .option('--execute', 'carry out the plan and wait for its end')
    .option('--yes', 'do not ask before it is carried out')
    .addHelpText('after', PARKED_HELP);

/** The commands for streams that stand still. */
export function parkedCommands(
  program: Command,
  context: CommandContext,
  done: (code: ExitCode) => void,
): void {
  const parked = program
    .command('parked')
    .description('streams that stand still because the rules threw')
    .addHelpText('after', PARKED_HELP);
  parked
    .command('list')
    .description('which they are, and why')
    .addOption(projectionOption())
    .option('--partition <number>', 'of one partition', ARGUMENTS.partition)
    .option('--error <text>', 'only those whose error begins so: its class, or more of it')
    .option('--limit <streams>', 'at most so many', ARGUMENTS.letters, PARKED_DEFAULT)
    .addHelpText('after', PARKED_HELP)
    .action(async (_options: object, command: Command) => {
      done(await listParked(context, command.optsWithGlobals<ParkedListOptions>()));
    });
  parked
    .command('show')
    .description('the event, the error and the stream before it')
    .argument('<id>', 'ID of the stream')
    .addOption(projectionOption().default('runs'))
    .addHelpText('after', PARKED_HELP)
    .action(async (id: string, _options: object, command: Command) => {
      done(await showParked(context, id, command.optsWithGlobals<ParkedOptions>()));
    });
  carriedOut(parked.command('redrive').description('fold them again, after a fix'))
    .argument('[id]', 'ID of one stream')
    .option('--error <text>', 'those whose error begins so')
    .option('--all', 'all of them')
    .option(
      '--partition <numbers>',
      'of these partitions, joined by commas',
      ARGUMENTS.partitionList,
    )
    .action(async (id: string | undefined, _options: object, command: Command) => {
      done(await redriveParked(context, id, command.optsWithGlobals<RedriveOptions>()));
    });
  carriedOut(parked.command('skip').description('go on without the event at which a stream stands'))
    .argument('<id>', 'ID of the stream')
    .requiredOption(
      '--offset <offset>',
      'where the event stands, as show says it',
      ARGUMENTS.offset,
    )
    .action(async (id: string, _options: object, command: Command) => {
      done(await skipParked(context, id, command.optsWithGlobals<SkipOptions>()));
    });
}
