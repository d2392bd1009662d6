import { createMemoryEventLog, eventLogConformance } from '@refold/test-kit';

eventLogConformance(
  'memory',
  async () => {
    const log = createMemoryEventLog({ clock: () => Date.now() });
    return {
      log,
      close: () => log.close(),
      appendHole: async (topic, partition) => void log.appendMarker(topic, partition),
      deleteHead: async (topic, partition, start) => log.deleteHead(topic, partition, start),
    };
  },
  ['restart', 'timer', 'bounded close', 'prompt revocation'],
);
