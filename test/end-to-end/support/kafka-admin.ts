import { Kafka, logLevel } from 'kafkajs';
import { runKafkaTool } from '@refold/test-kit';

/** The stock tool for topics, as operators use it. */
export const topicsTool = (brokers: readonly string[], ...args: string[]): Promise<string> =>
  runKafkaTool('org.apache.kafka.tools.TopicCommand', [
    '--bootstrap-server',
    brokers.join(','),
    ...args,
  ]);

/** The stock tool for settings of topics. */
export const configsTool = (brokers: readonly string[], ...args: string[]): Promise<string> =>
  runKafkaTool('kafka.admin.ConfigCommand', ['--bootstrap-server', brokers.join(','), ...args]);

/** Deletes what stands below an offset, as an operator does who needs the space. */
export async function deleteHead(
  brokers: readonly string[],
  topic: string,
  partition: number,
  start: number,
): Promise<void> {
  const client = new Kafka({
    brokers: [...brokers],
    clientId: 'admin',
    logLevel: logLevel.NOTHING,
  });
  const admin = client.admin();
  await admin.connect();
  try {
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: `${start}` }] });
  } finally {
    await admin.disconnect();
  }
}
