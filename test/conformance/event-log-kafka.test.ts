import { expect } from 'vitest';
import { openKafkaLog } from '@refold/kafka';
import { describeWithKafka, eventLogConformance } from '@refold/test-kit';

describeWithKafka('kafka', (kafka) => {
  eventLogConformance('kafka', async () => {
    const fatal: Error[] = [];
    const open = () =>
      openKafkaLog({
        brokers: kafka().brokers,
        clientId: 'conformance',
        sessionTimeoutMs: 6_000,
        logger: () => {},
        fatal: (error) => fatal.push(error),
      });
    const log = open();
    return {
      log,
      close: async () => {
        await log.close();
        expect(fatal).toEqual([]);
      },
    };
  });
});
