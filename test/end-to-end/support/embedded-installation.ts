import { join } from 'node:path';
import { topicNames, type ProjectorsReply, type StreamKind } from '@refold/contracts';
import { openEmbedded } from '@refold/embedded';
import { freePorts } from '@refold/test-kit';
import { read } from './api.js';
import { PARTITIONS, type Installation } from './installation.js';
import { ServiceProcess, type ServiceSpec } from './service-process.js';
import { until } from './until.js';

/** Where a standalone keeps its events unless told otherwise, below its working folder. */
export const folderOf = (service: ServiceProcess): string =>
  join(service.folder, '.refold', 'data');

/** How `npm start` runs it: on a laptop memory counts for more than speed. */
const START_ARGUMENTS = ['--max-semi-space-size=2', '--optimize-for-size'];

/** A standalone on a folder of its own, ready; `spent` is how long that took, milliseconds. */
export async function startEmbedded(
  options: Pick<Partial<ServiceSpec>, 'settings' | 'nodeArguments' | 'wrapper'> = {},
): Promise<{ service: ServiceProcess; spentMs: number }> {
  const [port = 0] = await freePorts(1);
  const began = performance.now();
  const service = await ServiceProcess.start({
    service: 'standalone',
    port,
    settings: { REFOLD_PARTITIONS: String(PARTITIONS), ...options.settings },
    nodeArguments: [...START_ARGUMENTS, ...(options.nodeArguments ?? [])],
    wrapper: options.wrapper ?? [],
  });
  return { service, spentMs: performance.now() - began };
}

/** The folder of a standalone that has ended, opened for the test's own eyes. */
export const openFolder = (service: ServiceProcess): Promise<Installation> =>
  openDataFolder(folderOf(service));

/** The same by its path. */
export async function openDataFolder(folder: string): Promise<Installation> {
  const embedded = await openEmbedded({ folder, clock: () => Date.now() });
  const topics = topicNames('refold');
  const projection = (kind: StreamKind) => ({
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
    operations: projection('operation'),
    close: () => embedded.close(),
  };
}

/** Waits until everything on its log is folded. */
export async function untilCaughtUp({ url }: ServiceProcess): Promise<void> {
  let lag = -1;
  await until(
    () => `${lag} events are not folded yet`,
    async () => {
      const { body } = await read<ProjectorsReply>(url, '/projectors');
      const partitions = body.projectors.flatMap((projector) => projector.partitions);
      lag = partitions.reduce((sum, { lag_events: events }) => sum + (events ?? Infinity), 0);
      return lag === 0;
    },
  );
}
