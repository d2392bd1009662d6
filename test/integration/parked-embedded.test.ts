import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '@refold/embedded';
import { reportBackend } from '@refold/test-kit';
import type { OpenPorts } from './http-stack.js';
import { lettersSuite } from './letters-suite.js';
import { parkedSuite } from './parked-suite.js';

const open: OpenPorts = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'refold-parked-'));
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

parkedSuite('the embedded folder', open);
lettersSuite('the embedded folder', open);
