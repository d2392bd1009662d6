import { setTimeout as sleep } from 'node:timers/promises';
import { RULEBOOK } from '@refold/domain';
import {
  PartitionProjector,
  type EventLog,
  type Projection,
  type Timing,
  type ViewStore,
} from '@refold/pipeline';

const timing: Timing = {
  now: () => Date.now(),
  sleep: (ms) => sleep(ms),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
  tick: () => new Promise((resolve) => setImmediate(resolve)),
};

/**
 * Folds what stands on a log into a store, partition by partition, from its checkpoints on, by projectors
 * that share nothing with others. @param bytesMax Of one read. @throws Error for trouble of any kind.
 */
export async function foldLog(
  log: EventLog,
  store: ViewStore,
  projection: Projection,
  bytesMax?: number,
): Promise<void> {
  for (let partition = 0; partition < projection.partitions; partition++) {
    let commits = 0;
    const owner = new PartitionProjector(
      {
        log,
        store,
        timing,
        rulebook: RULEBOOK,
        // Stands in the stored formats that tests keep.
        commitId: () => `fuzz-${partition}-${commits++}`,
        committed: () => undefined,
        mirror: async (letters) => letters.map(() => ({ kind: 'mirrored' })),
        trouble: (_, what) => {
          throw new Error(`fold of ${projection.topic}/${partition}: ${what}`);
        },
      },
      projection,
      partition,
    );
    const { end } = await log.range(projection.topic, partition);
    for (let at = await owner.position(); at < end;) {
      at = await owner.handle(await log.read(projection.topic, partition, at, bytesMax));
    }
    // Streams with a skipped claim are folded once more beside.
    while (owner.refolds.isBusy) await timing.tick();
  }
}
