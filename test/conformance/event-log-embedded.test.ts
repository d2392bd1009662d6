import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '@refold/embedded';
import { eventLogConformance } from '@refold/test-kit';

eventLogConformance(
  'embedded',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'refold-conformance-'));
    let embedded = await openEmbedded({ folder, clock: Date.now });
    return {
      log: embedded.log,
      async close() {
        await embedded.close();
        rmSync(folder, { recursive: true });
      },
      async restart() {
        await embedded.close();
        embedded = await openEmbedded({ folder, clock: Date.now });
        return embedded.log;
      },
    };
  },
  ['holes', 'retention'],
);
