import { runKafkaTool } from '@refold/test-kit';

/** A row of `--describe`, by the names of its columns. */
export type GroupRow = Record<string, string>;

/** Runs `kafka-consumer-groups` on a group and returns what it prints. */
export const consumerGroups = (
  brokers: readonly string[],
  group: string,
  ...args: string[]
): Promise<string> =>
  runKafkaTool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
    '--bootstrap-server',
    brokers.join(','),
    '--group',
    group,
    ...args,
  ]);

/** The rows of a table that the tool printed. */
export const rowsOf = (table: string): GroupRow[] => {
  const lines = table.split('\n').filter((line) => line.trim() !== '');
  const head = lines.findIndex((line) => line.startsWith('GROUP'));
  const names = (lines[head] ?? '').trim().split(/\s+/);
  return lines.slice(head + 1).map((line) => {
    const cells = line.trim().split(/\s+/);
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
  });
};
