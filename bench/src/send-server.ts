import { encodeEnvelope } from '@refold/contracts';
import type { JsonValue } from '@refold/contracts';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { admit, answer, openDoor } from './door.js';

/** What one writes first: validates as the product does, then one `producer.send()` per request. */
const [port = '', broker = '', topic = '', identity = ''] = process.argv.slice(2);
if (identity !== 'idempotent' && identity !== 'plain') {
  throw new Error(`the last argument is '${identity}'; expected 'idempotent' or 'plain'`);
}
const kafka = new Kafka({
  brokers: [broker],
  clientId: `send-${identity}`,
  logLevel: logLevel.ERROR,
  connectionTimeout: 10_000,
});
const producer = kafka.producer({
  idempotent: identity === 'idempotent',
  allowAutoTopicCreation: false,
  createPartitioner: Partitioners.DefaultPartitioner,
});
await producer.connect();
await openDoor(Number(port), async (call, reply) => {
  const admitted = admit(call);
  const { runId, eventId: id, event } = admitted;
  const value = encodeEnvelope({
    id,
    source: '/bench',
    type: event.event_type,
    subject: `run/${runId}`,
    data: (event.payload ?? null) as JsonValue,
  });
  await producer.send({ topic, messages: [{ key: runId, value }] });
  return answer(reply, admitted);
});
