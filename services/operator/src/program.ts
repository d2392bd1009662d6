import { REDACTION_MODES } from '@refold/client';
import { Command, Option } from 'commander';
import { ARGUMENTS } from './arguments.js';
import type { CommandContext } from './commands/context.js';
import { importCommand, type ImportCommandOptions } from './commands/import.js';
import { status } from './commands/status.js';
import { archiveCommands } from './archive-commands.js';
import { letterCommands } from './letter-commands.js';
import { operatorCommands } from './operator-commands.js';
import { parkedCommands } from './parked-commands.js';
import type { KeyOptions } from './commands/keys.js';
import type { TopicsOptions } from './commands/topics.js';
import type { ExitCode } from './failure.js';

const EXAMPLES = `
Examples:
  $ refold status
  $ refold lag
  $ refold rewind --by-duration PT1H --execute
  $ refold parked list
  $ refold dead-letters list
  $ refold import test/traces
  $ refold import runs.json --url http://refold.example:4100 --rate 500
  $ refold topics ensure --brokers localhost:9092 --partitions 8

Exit codes: 0 done, 1 failed, 2 called with wrong arguments, 3 planned, and waits for somebody who
agrees.`;

const IMPORT_HELP = `
Formats, told from the content: tau-bench (a list of runs with "traj") and SWE-agent (an object with
"trajectory" or "history"). A run's ID comes from its content, so importing again adds nothing and
an interrupted import is resumed by repeating it.

Examples:
  $ refold import test/traces
  $ refold import results/gpt-4o-airline.json --concurrency 8
  $ refold import trajectories --rate 200 --json > report.json`;

const TOPICS_HELP = `
Creates refold.runs, refold.workers, refold.operations and refold.dead-letters where they are missing:
append time, kept for ever, replicated up to three times. The number of partitions can never be changed
later.

Example:
  $ refold topics ensure --brokers kafka-1:9092,kafka-2:9092 --partitions 8`;

const KEYS_HELP = `
The key is printed once; the line with its hash belongs in the file that REFOLD_AUTH_KEYS_FILE names.
With --file the line is appended there, and only the key is printed.

Examples:
  $ refold keys create --name ci --scope ingest,read --file keys.jsonl
  $ refold keys create --name app --scope read --tenant acme`;

const CONCURRENCY_DEFAULT = 4;

/** The commands as commander knows them. `done` gets the exit code of the one that ran. */
export function buildProgram(
  version: string,
  context: CommandContext,
  done: (code: ExitCode) => void,
): Command {
  const program = new Command('refold')
    .description(
      'Turns events of agent runs into read models that can be rewound: the command line.',
    )
    .version(version, '--version', 'print the version')
    .option(
      '--url <url>',
      `where the server is (REFOLD_URL; now ${context.config.url})`,
      ARGUMENTS.url,
    )
    .option(
      '--token-file <file>',
      'file with a bearer token or an API key (REFOLD_TOKEN is one itself)',
    )
    .option('--json', 'print the result as JSON')
    .addHelpText('after', EXAMPLES);

  program
    .command('status')
    .description('is the server alive and ready, and how far its projections are')
    .action(async (_options: object, command: Command) => {
      done(await status(context, command.optsWithGlobals()));
    });

  letterCommands(program, context, done);
  operatorCommands(program, context, done);
  parkedCommands(program, context, done);
  archiveCommands(program, context, done);

  program
    .command('import')
    .description('send recorded agent runs from a file, or a folder and the folders in it')
    .argument('<path>', 'a file or a folder of traces')
    .option('--rate <events>', 'at most so many events per second', ARGUMENTS.rate)
    .option(
      '--concurrency <runs>',
      'runs sent side by side',
      ARGUMENTS.concurrency,
      CONCURRENCY_DEFAULT,
    )
    .addOption(
      new Option(
        '--redact <what>',
        'what is taken out before it is sent; the server has its own policy',
      )
        .choices(REDACTION_MODES)
        .default('off'),
    )
    .addHelpText('after', IMPORT_HELP)
    .action(async (path: string, _options: object, command: Command) => {
      done(await importCommand(path, context, command.optsWithGlobals<ImportCommandOptions>()));
    });

  program
    .command('topics')
    .description('the topics on Kafka')
    .command('ensure')
    .description('create what is missing, check what is there, change nothing')
    .option(
      '--brokers <list>',
      'host:port, several joined by commas (REFOLD_KAFKA_BROKERS)',
      ARGUMENTS.brokers,
    )
    .option(
      '--prefix <prefix>',
      'what the names begin with (REFOLD_TOPIC_PREFIX)',
      ARGUMENTS.prefix,
    )
    .option(
      '--partitions <count>',
      `partitions of each topic that carries streams (REFOLD_PARTITIONS; now ${context.config.partitions})`,
      ARGUMENTS.partitions,
    )
    .addHelpText('after', TOPICS_HELP)
    .action(async (_options: object, command: Command) => {
      // Only this command loads the Kafka client.
      const { ensureTopics } = await import('./commands/topics.js');
      done(await ensureTopics(context, command.optsWithGlobals<TopicsOptions>()));
    });

  program
    .command('keys')
    .description('API keys')
    .command('create')
    .description('make a key and the line that lets a server know it')
    .requiredOption('--name <name>', 'what logs and owners call it', ARGUMENTS.keyName)
    .requiredOption(
      '--scope <scopes>',
      'of ingest, read, operate, admin; joined by commas',
      ARGUMENTS.scopes,
    )
    .option('--tenant <tenant>', 'bind it to a tenant')
    .option('--owner <owner>', 'bind it to an owner: user:<number> or guest:<scope>')
    .option('--run <ids>', 'bind it to runs, joined by commas', ARGUMENTS.ids)
    .option('--worker <ids>', 'bind it to workers, joined by commas', ARGUMENTS.ids)
    .option('--file <file>', 'append the line to this file')
    .addHelpText('after', KEYS_HELP)
    .action(async (_options: object, command: Command) => {
      const { createKeyCommand } = await import('./commands/keys.js');
      done(await createKeyCommand(context, command.optsWithGlobals<KeyOptions>()));
    });

  return program;
}
