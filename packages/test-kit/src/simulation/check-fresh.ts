import { PartitionProjector, slotOf, slotTag } from '@refold/pipeline';
import type { LogBatch, Projection, Timing } from '@refold/pipeline';
import type { SlotDump } from '../memory/memory-slot.js';
import { createMemoryViewStore } from '../memory/memory-view-store.js';
import { plainSlot } from '../memory/plain-slot.js';
import type { PlainSlot } from '../memory/plain-slot.js';
import { nextOf } from './check-slot.js';
import type { World } from './world.js';

/** True while the slot holds a task, shadows, keys that nothing reads, or skips that are still open. */
export const isRefolding = ({ text, hashes }: SlotDump): boolean =>
  text['refold'] !== undefined ||
  hashes['rebuilding'] !== undefined ||
  hashes['retired'] !== undefined ||
  Object.values(hashes['skips'] ?? {}).some((text) => text.endsWith(',1]'));

const timing: Timing = {
  now: () => 0,
  sleep: () => Promise.resolve(),
  after: () => () => undefined,
  tick: () => Promise.resolve(),
};

/** What one owner without any trouble makes of the same records, cut as it likes. */
async function foldFresh(world: World, projection: Projection, partition: number, next: number) {
  const store = createMemoryViewStore();
  const { topic } = projection;
  let commits = 0;
  const owner = new PartitionProjector(
    {
      log: world.log,
      store,
      timing,
      rulebook: world.rulebook,
      commitId: () => `fresh-${commits++}`,
      committed: () => undefined,
      mirror: async (letters) => letters.map(() => ({ kind: 'mirrored' as const })),
      trouble: () => undefined,
    },
    projection,
    partition,
  );
  for (let from = await owner.position(); from < next;) {
    const batch = await world.log.read(topic, partition, from);
    const records = batch.records.filter(({ offset }) => offset < next);
    const bounded: LogBatch = { ...batch, records, next: Math.min(batch.next, next) };
    from = await owner.handle(bounded);
  }
  // Streams with a skipped claim are folded once more beside.
  while (owner.refolds.isBusy) await Promise.resolve();
  return plainSlot(store.dump(slotOf(projection, partition)));
}

const textOf = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

const withoutPending = ({ 'dead-letters-pending': _, ...plain }: PlainSlot): PlainSlot => plain;

/**
 * Every slot, key by key, against a fresh fold of the same records. Left out: what lost the log it was
 * folded from, and what lost its checkpoint alone, which leaves refusals behind that had lapsed.
 */
export async function checkFresh(world: World): Promise<string[]> {
  const faults: string[] = [];
  for (const projection of world.projections) {
    for (let partition = 0; partition < projection.partitions; partition++) {
      const slot = slotOf(projection, partition);
      if (world.isReplaced(projection.topic, partition)) continue;
      if (world.ahead.has(slotTag(slot))) continue;
      const dump = world.store.dump(slot);
      if (dump.checkpoint === null || isRefolding(dump)) continue;
      const is = withoutPending(plainSlot(dump));
      const fresh = await foldFresh(world, projection, partition, nextOf(dump));
      const ought = withoutPending(fresh);
      for (const name of new Set([...Object.keys(is), ...Object.keys(ought)])) {
        if (sortedText(is[name]) === sortedText(ought[name])) continue;
        const where = `${projection.topic}/${partition} ${name}`;
        faults.push(`${where} is ${textOf(is[name])}, freshly folded ${textOf(ought[name])}`);
      }
    }
  }
  return faults;
}

/** Text that does not depend on the order of the members of a hash. */
function sortedText(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return textOf(value);
  return textOf(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
