import { openKafkaLog } from '@refold/kafka';
import type { EventLog, Subscription } from '@refold/pipeline';
import { Recorder, type Authority } from '@refold/test-kit';
import { readFile } from 'node:fs/promises';
import type { KafkaRight } from './kafka-rights.js';
import { until } from './until.js';

const PARTITIONS = 4;

/** How long a step that waits for a right is given, milliseconds. */
const REFUSED_MS = 15_000;

/** How the broker is reached, and by whom. */
export interface KafkaLogin {
  broker: string;
  authority: Authority;
  password: string;
}

/** Everything that a user does with one topic or group. Returns what was refused, in words. */
export async function refusalsAtLog(
  { user, kind, name }: KafkaRight,
  { broker, authority, password }: KafkaLogin,
): Promise<string[]> {
  const told: string[] = [];
  const log = openKafkaLog({
    brokers: [broker],
    clientId: user,
    ssl: { ca: await readFile(authority.certificate, 'utf8') },
    sasl: { mechanism: 'plain', username: user, password },
    callTimeoutMs: 2_000,
    sendTimeoutMs: 4_000,
    fatal: (error) => void told.push(error.message),
    logger: (level, message, fields) => {
      if (level === 'warn') told.push(`${message} ${JSON.stringify(fields)}`);
    },
  });
  try {
    const done = (kind === 'group' ? join(log, name) : work(user, log, name)).catch(
      (error: unknown) => void told.push(String(error)),
    );
    const refused = until(
      () => 'it is done, or refused',
      () => told.length > 0,
      REFUSED_MS,
    );
    refused.catch(() => undefined);
    await Promise.race([done, refused]);
  } finally {
    await log.close();
  }
  return told;
}

/** Whoever is let in has partitions; the topic of a group is named by its beginning. */
async function join(log: EventLog, group: string): Promise<void> {
  const topic = group.replace(/\.projector$/, '');
  const recorder = new Recorder();
  const subscription: Subscription = await log.subscribe(group, [topic], recorder);
  await until(
    () => `${group} has partitions`,
    () => recorder.holds().length > 0,
  );
  await log.committed(group, topic);
  await subscription.close();
}

async function work(user: string, log: EventLog, topic: string): Promise<void> {
  const send = async (): Promise<void> => {
    const lane = await log.openLane(await log.laneOf(topic, 0));
    await lane.send([{ topic, partition: 0, key: 'k', value: 'v' }]);
    await lane.close();
  };
  const read = async (): Promise<void> => {
    const { start } = await log.range(topic, 0);
    await log.read(topic, 0, start);
  };
  const partitions = topic.endsWith('dead-letters') ? 1 : PARTITIONS;
  const spec = { name: topic, partitions };
  const check = async (): Promise<void> => {
    const faults = await log.checkTopics([spec]);
    if (faults.length > 0) throw new Error(JSON.stringify(faults));
  };
  switch (user) {
    case 'refold-ingest':
      await check();
      return send();
    case 'refold-projector':
      await check();
      if (!topic.endsWith('dead-letters')) await read();
      await send();
      if (topic.endsWith('.runs')) await log.truncate(topic, 0, (await log.range(topic, 0)).end);
      return;
    case 'refold-read':
      return read();
    case 'refold-operations':
      await check();
      await read();
      return topic.endsWith('.operations') ? send() : undefined;
    case 'refold-operator':
      await log.ensureTopics([spec]);
      return check();
    default:
      throw new Error(`${user} has no work`);
  }
}
