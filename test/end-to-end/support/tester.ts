import { topicNames, type ProjectionName, type StreamKind } from '@refold/contracts';
import { openKafkaLog } from '@refold/kafka';
import { openRedisStore, type NodeAddress } from '@refold/redis';
import type { ConnectionOptions } from 'node:tls';
import { PARTITIONS, type Installation } from './installation.js';

/** The user at Redis by whom the test itself looks. */
const LOGIN = { username: 'test', password: 'TEST' };

/** What gives that user its rights. */
export const TESTER_ACL = `ACL SETUSER ${LOGIN.username} on >${LOGIN.password} ~* &* +@all`;

const silent = (): void => undefined;

/** Both backends of the prefix `refold` for the test's own eyes, at Kafka as its administrator. */
export async function openForTest(
  broker: string,
  store: { url: string } | { nodes: NodeAddress[]; tls: ConnectionOptions },
): Promise<Installation> {
  const topics = topicNames('refold');
  const projection = (name: ProjectionName, kind: StreamKind) => ({
    name,
    topic: topics[name],
    kinds: [kind],
    partitions: PARTITIONS,
    generation: 1,
  });
  const log = openKafkaLog({ brokers: [broker], clientId: 'test', logger: silent, fatal: silent });
  const opened = await openRedisStore({
    ...store,
    ...LOGIN,
    namespace: 'refold',
    logger: silent,
  });
  return {
    prefix: 'refold',
    settings: {},
    log,
    store: opened,
    runs: projection('runs', 'run'),
    workers: projection('workers', 'worker'),
    operations: projection('operations', 'operation'),
    close: async () => {
      await opened.close();
      await log.close();
    },
  };
}
