import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import type { KafkaBackend } from '@refold/test-kit';

const { ConfigResourceTypes, Kafka, logLevel } = kafkajs;

/** The codecs by their number in a batch. */
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** Changes settings of topics and leaves their others as they are. */
export async function alterTopics(
  brokers: readonly string[],
  topics: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const type = ConfigResourceTypes.TOPIC;
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({ type, name })),
  });
  // What is not named falls back to the default of the broker.
  await admin.alterConfigs({
    validateOnly: false,
    resources: resources.map(({ resourceName: name, configEntries }) => ({
      type,
      name,
      configEntries: [
        ...configEntries
          .filter(({ isDefault, configName }) => !isDefault && settings[configName] === undefined)
          .map(({ configName, configValue }) => ({ name: configName, value: configValue })),
        ...Object.entries(settings).map(([setting, value]) => ({ name: setting, value })),
      ],
    })),
  });
  await admin.disconnect();
}

/** Lets topics keep batches as producers compressed them; a topic of ours unfolds them on arrival. */
export const keepCodecs = (brokers: readonly string[], topics: readonly string[]): Promise<void> =>
  alterTopics(brokers, topics, { 'compression.type': 'producer' });

/** Length of a batch up to its count of records, and where its attributes stand. */
const HEADER = { bytes: 61, lengthAt: 8, lengthEnd: 12, attributesAt: 21 };

/** The codecs of the batches in one segment. */
async function codecsOfFile(path: string): Promise<string[]> {
  const file = await open(path);
  try {
    const found: string[] = [];
    const header = Buffer.alloc(HEADER.bytes);
    for (let at = 0; (await file.read(header, 0, HEADER.bytes, at)).bytesRead === HEADER.bytes;) {
      found.push(CODECS[header.readInt16BE(HEADER.attributesAt) & 7] ?? 'unknown');
      at += HEADER.lengthEnd + header.readInt32BE(HEADER.lengthAt);
    }
    return found;
  } finally {
    await file.close();
  }
}

/** The codecs that batches of a topic have on the broker's disk; null where the broker is elsewhere. */
export async function storedCodecs(kafka: KafkaBackend, topic: string): Promise<string[] | null> {
  if (kafka.local === null) return null;
  const log = join(kafka.local.folder, 'log');
  const folders = (await readdir(log)).filter((name) => name.replace(/-\d+$/, '') === topic);
  const found = await Promise.all(
    folders.map((folder) => codecsOfFile(join(log, folder, '00000000000000000000.log'))),
  );
  return [...new Set(found.flat())];
}
