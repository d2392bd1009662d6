import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '@refold/embedded';
import { reportBackend } from '@refold/test-kit';
import type { OpenPorts } from './http-stack.js';

/** Ports over an embedded folder of their own, which goes with them. */
export const openEmbeddedPorts: OpenPorts = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'refold-ports-'));
  reportBackend('embedded', folder);
  const embedded = await openEmbedded({ folder, clock: Date.now });
  return {
    log: embedded.log,
    store: embedded.store,
    async close() {
      await embedded.close();
      rmSync(folder, { recursive: true });
    },
  };
};
