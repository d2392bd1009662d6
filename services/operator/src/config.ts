import {
  DEFAULT_TOPIC_PREFIX,
  PARTITIONS_DEFAULT,
  PARTITIONS_MAX,
  TOPIC_PREFIX,
} from '@refold/contracts';
import { defineConfig, integer, pattern, text, url } from '@refold/service';
import { kafkaChecks, kafkaLinkSettings } from '@refold/serving';

/** What the command line takes from the environment; arguments go first. */
export const operatorConfig = defineConfig(
  'refold',
  {
    url: {
      env: 'REFOLD_URL',
      parser: url(['http', 'https']),
      default: 'http://127.0.0.1:4100',
      description: 'Where the server is; `--url` goes first.',
    },
    token: {
      env: 'REFOLD_TOKEN',
      parser: text(),
      description: 'Bearer token or API key sent to the server; `--token-file` goes first.',
      secret: true,
    },
    ...kafkaLinkSettings,
    topicPrefix: {
      env: 'REFOLD_TOPIC_PREFIX',
      parser: pattern(TOPIC_PREFIX.pattern, TOPIC_PREFIX.expected),
      default: DEFAULT_TOPIC_PREFIX,
      description: 'What the names of the topics begin with; `--prefix` goes first.',
    },
    partitions: {
      env: 'REFOLD_PARTITIONS',
      parser: integer({ min: 1, max: PARTITIONS_MAX }),
      default: String(PARTITIONS_DEFAULT),
      unit: 'partitions',
      description: 'Partitions of the topics that carry streams; `--partitions` goes first.',
    },
  },
  kafkaChecks,
);
