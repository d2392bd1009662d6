import { ingestConfig } from '@refold/ingest-api';
import { operatorApiConfig } from '@refold/operator-api';
import { projectorConfig } from '@refold/projector';
import { readConfig } from '@refold/read-api';
import { describeConfig, type ConfigTable, type Settings } from '@refold/service';
import { standaloneConfig } from './config.js';

const INTRODUCTION = `# Configuration

Every service reads its settings from the environment, and nothing else. All that is wrong is reported at once, with the variable
and what was expected; the process then ends with code 2. A variable that begins with \`REFOLD_\` and is no setting of the service is
named in a warning. This page is produced from the settings themselves (\`node scripts/write-configuration.mjs\`), and a test
compares the two.
`;

const section = <S extends Settings>(title: string, intro: string, table: ConfigTable<S>): string =>
  [`## ${title}`, '', intro, '', describeConfig(table)].join('\n');

/** docs/configuration.md, before it is formatted. */
export const configurationPage = (): string =>
  [
    INTRODUCTION,
    section(
      'standalone',
      'What `npm start` runs: all services in one process. Embedded, unless Kafka and Redis are named.',
      standaloneConfig,
    ),
    section(
      'ingest-api',
      'Takes events over HTTP. Needs Kafka; goes on answering 202 while Redis is away.',
      ingestConfig,
    ),
    section(
      'projector',
      'Folds topics into read models. Any number of them share the partitions.',
      projectorConfig,
    ),
    section(
      'read-api',
      'Serves read models. Needs Redis; asks Kafka for the ends of partitions only.',
      readConfig,
    ),
    section(
      'operator-api',
      'Plans operations, starts and cancels them. Needs Kafka and Redis.',
      operatorApiConfig,
    ),
  ].join('\n');
