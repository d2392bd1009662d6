import { LETTER_PROJECTIONS } from '@refold/client';
import { Option, type Command } from 'commander';
import { ARGUMENTS } from './arguments.js';
import type { CommandContext } from './commands/context.js';
import {
  LETTERS_DEFAULT,
  listDeadLetters,
  type DeadLettersOptions,
} from './commands/dead-letters.js';
import {
  republishLetter,
  showDeadLetter,
  type LetterOptions,
  type RepublishOptions,
} from './commands/republish.js';
import type { ExitCode } from './failure.js';

const DEAD_LETTERS_HELP = `
A dead letter is a record that can never be an event; its reason names what to change. By partition,
the newest of each first; the last 65,536 of a partition are known. A letter is published again once:
as it stands, or with --record as a file says it. Needs the scope operate.

Examples:
  $ refold dead-letters list
  $ refold dead-letters list --projection workers --partition 3
  $ refold dead-letters list --limit 1000 --json > letters.json
  $ refold dead-letters show --partition 3 --offset 1042
  $ refold dead-letters republish --partition 3 --offset 1042 --record mended.json --execute`;

/** A command about one letter. */
const ofLetter = (command: Command): Command =>
  command
    .addOption(
      new Option('--projection <name>', 'of this projection')
        .choices(LETTER_PROJECTIONS)
        .default('runs'),
    )
    .requiredOption('--partition <number>', 'on this partition', ARGUMENTS.partition)
    .requiredOption('--offset <offset>', 'at this offset', ARGUMENTS.offset)
    .addHelpText('after', DEAD_LETTERS_HELP);

/** The commands for records that could not be folded. */
export function letterCommands(
  program: Command,
  context: CommandContext,
  done: (code: ExitCode) => void,
): void {
  const letters = program.command('dead-letters').description('records that could not be folded');
  letters
    .command('list')
    .description('where they stand, and why')
    .addOption(
      new Option('--projection <name>', 'of one projection; of all when absent').choices(
        LETTER_PROJECTIONS,
      ),
    )
    .option('--partition <number>', 'of one partition', ARGUMENTS.partition)
    .option('--limit <letters>', 'at most so many', ARGUMENTS.letters, LETTERS_DEFAULT)
    .addHelpText('after', DEAD_LETTERS_HELP)
    .action(async (_options: object, command: Command) => {
      done(await listDeadLetters(context, command.optsWithGlobals<DeadLettersOptions>()));
    });
  ofLetter(letters.command('show').description('one of them, with its value')).action(
    async (_options: object, command: Command) => {
      done(await showDeadLetter(context, command.optsWithGlobals<LetterOptions>()));
    },
  );
  ofLetter(letters.command('republish').description('write it once more, as a record of its own'))
    .option('--record <file>', 'the value of the record, a JSON file; as it stands when absent')
    .option('--dry-run', 'show the plan, which is done without --execute too')
    .option('--execute', 'carry out the plan and wait for its end')
    .option('--yes', 'do not ask before it is carried out')
    .action(async (_options: object, command: Command) => {
      done(await republishLetter(context, command.optsWithGlobals<RepublishOptions>()));
    });
}
