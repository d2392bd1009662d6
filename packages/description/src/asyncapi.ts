import { PARTITIONS_DEFAULT, topicNames, type StreamKind } from '@refold/contracts';
import type { JsonSchema } from './json-schema.js';
import { recordSchema } from './record.js';
import { VERSION } from './version.js';

const BINDING_VERSION = '0.5.0';

/** Kept for ever; time is the broker's. */
const KEPT = { 'retention.ms': -1, 'retention.bytes': -1 };

const streamChannel = (address: string, kind: StreamKind): JsonSchema => ({
  address,
  title: `What is claimed of ${kind}s`,
  description: `Keyed by the ID of the ${kind}, partitioned by murmur2 as Kafka's Java client does it, \`message.timestamp.type=LogAppendTime\`. The number of partitions never changes once events are written; ${PARTITIONS_DEFAULT} unless an installation says otherwise.`,
  messages: { record: { $ref: '#/components/messages/record' } },
  bindings: {
    kafka: {
      topic: address,
      partitions: PARTITIONS_DEFAULT,
      topicConfiguration: KEPT,
      bindingVersion: BINDING_VERSION,
    },
  },
});

const ID = { type: 'string', pattern: '^[A-Za-z0-9._:-]{1,128}$' };

const kafkaMessage = (key: JsonSchema): JsonSchema => ({
  kafka: { key, bindingVersion: BINDING_VERSION },
});

/** What stands on the topics, as AsyncAPI 3: for whoever writes to Kafka, and for whoever reads there. */
export function asyncApiDocument(): JsonSchema {
  const { runs, workers, operations, deadLetters } = topicNames();
  const operation = (action: 'send' | 'receive', channel: string, summary: string): JsonSchema => ({
    action,
    channel: { $ref: `#/channels/${channel}` },
    summary,
  });
  const { $schema: dialect, ...record } = recordSchema();
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Refold on Kafka',
      version: VERSION,
      description:
        'What Refold reads from Kafka and writes to it. The names of the topics begin with the prefix of the installation, `refold` unless it says otherwise.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: {
      runs: streamChannel(runs, 'run'),
      workers: streamChannel(workers, 'worker'),
      operations: streamChannel(operations, 'operation'),
      deadLetters: {
        address: deadLetters,
        title: 'Records that can never be claims',
        description: 'A copy of each, with the reason; the record itself stays on its topic.',
        messages: { deadLetter: { $ref: '#/components/messages/deadLetter' } },
        bindings: {
          kafka: {
            topic: deadLetters,
            partitions: 1,
            topicConfiguration: KEPT,
            bindingVersion: BINDING_VERSION,
          },
        },
      },
    },
    operations: {
      foldRuns: operation('receive', 'runs', 'Fold what is claimed of runs'),
      foldWorkers: operation('receive', 'workers', 'Fold what is claimed of workers'),
      foldOperations: operation('receive', 'operations', 'Fold what operators did'),
      appendRuns: operation('send', 'runs', 'Append what was asked for over HTTP'),
      appendWorkers: operation('send', 'workers', 'Append what was asked for over HTTP'),
      setAside: operation('send', 'deadLetters', 'Tell of a record that was set aside'),
    },
    components: {
      messages: {
        record: {
          name: 'record',
          title: 'A claim',
          contentType: 'application/cloudevents+json',
          bindings: kafkaMessage(ID),
          payload: {
            schemaFormat: `application/schema+json;version=${DRAFT}`,
            schema: { $schema: dialect, ...record },
          },
        },
        deadLetter: {
          name: 'deadLetter',
          title: 'A record that was set aside',
          contentType: 'application/json',
          bindings: kafkaMessage({
            type: 'string',
            description: 'topic/partition/offset of the record.',
          }),
        },
      },
    },
  };
}

/** Of JSON Schema. */
const DRAFT = '2020-12';
