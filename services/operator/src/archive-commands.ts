import type { Command } from 'commander';
import { ARGUMENTS } from './arguments.js';
import {
  archiveRuns,
  cutLog,
  evictRuns,
  type ArchiveRunsOptions,
  type CutOptions,
} from './commands/archive.js';
import type { CommandContext } from './commands/context.js';
import type { ExitCode } from './failure.js';

const ARCHIVE_HELP = `
A run that is over can be archived, by an event on the log: it is read as before, and takes no event any
more. One plan archives at most 1,000 runs, those that ended first. Cut gives up the beginning of the log, for
good, as far as all of its runs are archived and its records are older than a day; the plan says what keeps the
rest. Evict removes archived runs from the store that the log no longer has: they are read no more. Needs the
scope operate.

Examples:
  $ refold archive runs --run-id run-42,run-43 --execute
  $ refold archive runs --finished-before 2026-01-01T00:00:00Z
  $ refold archive runs --finished-before 2026-01-01T00:00:00Z --limit 200 --execute --yes
  $ refold archive cut
  $ refold archive cut --execute
  $ refold archive evict --share 0.1 --execute`;

const carriedOut = (command: Command): Command =>
  command
    .option('--dry-run', 'show the plan, which is done without --execute too')
    .option('--execute', 'carry out the plan and wait for its end')
    .option('--yes', 'do not ask before it is carried out')
    .option(
      '--partition <numbers>',
      'of these partitions, joined by commas',
      ARGUMENTS.partitionList,
    )
    .addHelpText('after', ARCHIVE_HELP);

const withShare = (command: Command): Command =>
  command.option(
    '--share <share>',
    'share of the time that it may take, above 0 to 1; half when absent',
    ARGUMENTS.share,
  );

/** The commands for what nobody needs any more. */
export function archiveCommands(
  program: Command,
  context: CommandContext,
  done: (code: ExitCode) => void,
): void {
  const archive = program
    .command('archive')
    .description('runs that are over, and what the log and the store keep of them')
    .addHelpText('after', ARCHIVE_HELP);
  carriedOut(archive.command('runs').description('let runs that are over take no event any more'))
    .option('--run-id <ids>', 'these runs, joined by commas', ARGUMENTS.ids)
    .option('--finished-before <time>', 'those that ended before this time')
    .option('--limit <runs>', 'at most so many, those that ended first', ARGUMENTS.archivedRuns)
    .action(async (_options: object, command: Command) => {
      done(await archiveRuns(context, command.optsWithGlobals<ArchiveRunsOptions>()));
    });
  withShare(
    carriedOut(archive.command('cut').description('give up the log that nobody needs any more')),
  ).action(async (_options: object, command: Command) => {
    done(await cutLog(context, command.optsWithGlobals<CutOptions>()));
  });
  withShare(
    carriedOut(
      archive.command('evict').description('remove archived runs that the log no longer has'),
    ),
  ).action(async (_options: object, command: Command) => {
    done(await evictRuns(context, command.optsWithGlobals<CutOptions>()));
  });
}
