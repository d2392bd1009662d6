import { topicLayout, topicNames } from '@refold/contracts';
import { openKafkaLog, type Log } from '@refold/kafka';
import { writeAddress, type Address } from '@refold/service';
import { kafkaLinkOptions } from '@refold/serving';
import { EXIT, UsageError, type ExitCode } from '../failure.js';
import type { Terminal } from '../terminal.js';
import { writeJson, type CommandContext, type GlobalOptions } from './context.js';

/** Options of `refold topics ensure`. */
export interface TopicsOptions extends GlobalOptions {
  brokers?: Address[];
  prefix?: string;
  partitions?: number;
}

const SPOKEN_LEVELS: ReadonlySet<string> = new Set(['warn', 'error']);

const logTo =
  (terminal: Terminal): Log =>
  (level, message) => {
    if (SPOKEN_LEVELS.has(level)) terminal.err(`${level}: ${message}\n`);
  };

/** What an operator reads: what was created, and what of the rest would lose or misjudge events. */
function writeOutcome(
  names: readonly string[],
  created: readonly string[],
  faults: readonly string[],
) {
  const lines = names.map((name) => `${name}: ${created.includes(name) ? 'created' : 'exists'}\n`);
  return [...lines, ...faults.map((fault) => `fault: ${fault}\n`)].join('');
}

/**
 * `refold topics ensure`: creates the topics that are missing and checks those that exist. Nothing
 * that exists is changed; a setting that would lose or misjudge events is named, and the exit code 1.
 */
export async function ensureTopics(
  { config, terminal }: CommandContext,
  options: TopicsOptions,
): Promise<ExitCode> {
  const brokers = options.brokers?.map(writeAddress) ?? config.kafkaBrokers;
  if (brokers === undefined) {
    throw new UsageError('which brokers? Give --brokers host:port or set REFOLD_KAFKA_BROKERS');
  }
  const prefix = options.prefix ?? config.topicPrefix;
  const specs = topicLayout(topicNames(prefix), options.partitions ?? config.partitions);
  const topics = specs.map(({ name }) => name);
  const log = openKafkaLog({
    ...kafkaLinkOptions({ ...config, kafkaBrokers: brokers }),
    clientId: 'refold-operator',
    logger: logTo(terminal),
    fatal: (error) => terminal.err(`${error.message}\n`),
  });
  try {
    const created = await log.ensureTopics(specs);
    const faults = (await log.checkTopics(specs)).map(({ topic, fault }) => `${topic} ${fault}`);
    if (options.json === true) writeJson(terminal, { topics, created, faults });
    else terminal.out(writeOutcome(topics, created, faults));
    return faults.length === 0 ? EXIT.ok : EXIT.failed;
  } finally {
    await log.close();
  }
}
