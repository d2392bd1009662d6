/**
 * Sends events to Refold's topics with kafkajs.
 * Arguments: BROKERS PREFIX EVENTS.ndjson
 */
import { readFileSync } from 'node:fs';
import { Kafka, Partitioners } from 'kafkajs';
import { createRecordBuilder, RefoldProblem } from '@refold/client/records';

const [brokers = '', prefix = '', path = ''] = process.argv.slice(2);
/** Records of one send. */
const BATCH = 500;

const kafka = new Kafka({ brokers: brokers.split(','), clientId: 'example' });

const admin = kafka.admin();
await admin.connect();
const { topics } = await admin.fetchTopicMetadata({ topics: [`${prefix}.runs`] });
await admin.disconnect();

const records = createRecordBuilder({
  source: '/example',
  partitions: topics[0].partitions.length,
  topicPrefix: prefix,
});

/** The record of an event; none for one that no rules could accept. */
function recordsOf(line) {
  const { subject, id, type, data, ...rest } = JSON.parse(line);
  const [kind, streamId] = subject.split(/\/(.*)/s);
  const event = {
    event_id: id,
    event_type: type,
    payload: data,
    idempotency_key: rest.idempotencykey,
    expected_previous_seq: rest.expectedseq,
    append_only: rest.appendonly,
  };
  try {
    return [records[kind](streamId, event)];
  } catch (error) {
    if (!(error instanceof RefoldProblem)) throw error;
    console.error(`${subject}: ${error.message}`);
    return [];
  }
}

// Idempotent, and one send at a time: with two, kafkajs can lose one of them when an answer is lost.
const producer = kafka.producer({
  idempotent: true,
  maxInFlightRequests: 1,
  retry: { retries: Number.MAX_SAFE_INTEGER },
  createPartitioner: Partitioners.DefaultPartitioner,
});
await producer.connect();
const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
const built = lines.flatMap(recordsOf);
try {
  for (let at = 0; at < built.length; at += BATCH) {
    const batch = built.slice(at, at + BATCH);
    const topicMessages = [...new Set(batch.map(({ topic }) => topic))].map((topic) => ({
      topic,
      messages: batch
        .filter((record) => record.topic === topic)
        .map(({ partition, key, value }) => ({ partition, key, value })),
    }));
    await producer.sendBatch({ acks: -1, topicMessages });
  }
  console.log(`sent ${built.length}, refused ${lines.length - built.length}`);
} catch (error) {
  console.error(`not all were stored; run it again, nothing doubles: ${error}`);
  process.exitCode = 1;
} finally {
  await producer.disconnect();
}
