import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '@refold/embedded';
import { viewStoreConformance } from '@refold/test-kit';

viewStoreConformance('embedded', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'refold-conformance-'));
  const embedded = await openEmbedded({ folder, clock: Date.now });
  return {
    store: embedded.store,
    peer: embedded.store,
    interrupt: null,
    async close() {
      await embedded.close();
      rmSync(folder, { recursive: true });
    },
  };
});
