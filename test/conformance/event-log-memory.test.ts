import { createMemoryEventLog, eventLogConformance } from '@refold/test-kit';

eventLogConformance(
  'memory',
  async () => {
    let stopped: number | null = null;
    const log = createMemoryEventLog({ clock: () => stopped ?? Date.now() });
    return {
      log,
      close: () => log.close(),
      appendAt: async (topic, partition, value, timeMs) => {
        stopped = timeMs;
        log.appendForeign(topic, partition, { key: 'key', value });
        stopped = null;
      },
      appendHole: async (topic, partition) => void log.appendMarker(topic, partition),
    };
  },
  ['restart', 'timer', 'bounded close', 'prompt revocation'],
);
