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
