import { join } from 'node:path';
import { topicNames } from '@refold/contracts';
import { openEmbedded } from '@refold/embedded';
import { freePorts } from '@refold/test-kit';
import { PARTITIONS, type Installation } from './installation.js';
import { ServiceProcess } from './service-process.js';

/** Where a standalone keeps its events unless told otherwise, below its working folder. */
export const folderOf = (service: ServiceProcess): string =>
  join(service.folder, '.refold', 'data');

/** How `npm start` runs it: on a laptop memory counts for more than speed. */
const START_ARGUMENTS = ['--max-semi-space-size=2', '--optimize-for-size'];

/** A standalone on a folder of its own, ready; `spent` is how long that took, milliseconds. */
export async function startEmbedded(): Promise<{ service: ServiceProcess; spentMs: number }> {
  const [port = 0] = await freePorts(1);
  const settings = { REFOLD_PARTITIONS: String(PARTITIONS) };
  const began = performance.now();
  const service = await ServiceProcess.start({
    service: 'standalone',
    port,
    settings,
    nodeArguments: START_ARGUMENTS,
  });
  return { service, spentMs: performance.now() - began };
}

/** The folder of a standalone that has ended, opened for the test's own eyes. */
export async function openFolder(service: ServiceProcess): Promise<Installation> {
  const embedded = await openEmbedded({
    folder: folderOf(service),
    clock: () => Date.now(),
  });
  const topics = topicNames('refold');
  const projection = (kind: 'run' | 'worker') => ({
    name: `${kind}s`,
    topic: topics[`${kind}s`],
    kinds: [kind],
    partitions: PARTITIONS,
    generation: 1,
  });
  return {
    prefix: 'refold',
    settings: {},
    log: embedded.log,
    store: embedded.store,
    runs: projection('run'),
    workers: projection('worker'),
    close: () => embedded.close(),
  };
}
