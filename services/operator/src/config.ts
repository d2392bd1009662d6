import { address, defineConfig, list, pattern, url } from '@refold/service';

/** What the command line takes from the environment; arguments go first. */
export const operatorConfig = defineConfig('refold', {
  url: {
    env: 'REFOLD_URL',
    parser: url(['http', 'https']),
    default: 'http://127.0.0.1:4100',
    description: 'Where the server is; `--url` goes first.',
  },
  brokers: {
    env: 'REFOLD_KAFKA_BROKERS',
    parser: list(address()),
    description: 'Kafka brokers for `refold topics ensure`; `--brokers` goes first.',
  },
  topicPrefix: {
    env: 'REFOLD_TOPIC_PREFIX',
    parser: pattern(/^[A-Za-z0-9._-]{1,100}$/, '1-100 characters of A-Z a-z 0-9 . _ -'),
    default: 'refold',
    description: 'What the names of the topics begin with; `--prefix` goes first.',
  },
});
