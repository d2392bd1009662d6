import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '@refold/embedded';
import { eventLogConformance } from '@refold/test-kit';

eventLogConformance(
  'embedded',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'refold-conformance-'));
    let stopped: number | null = null;
    const clock = (): number => stopped ?? Date.now();
    let embedded = await openEmbedded({ folder, clock });
    return {
      log: embedded.log,
      async close() {
        await embedded.close();
        rmSync(folder, { recursive: true });
      },
      async appendAt(topic, partition, value, timeMs) {
        const lane = await embedded.log.openLane(await embedded.log.laneOf(topic, partition));
        stopped = timeMs;
        await lane.send([{ topic, partition, key: 'key', value }]);
        stopped = null;
        await lane.close();
      },
      async restart() {
        await embedded.close();
        embedded = await openEmbedded({ folder, clock });
        return embedded.log;
      },
    };
  },
  ['holes'],
);
