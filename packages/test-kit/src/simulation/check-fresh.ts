import { PartitionProjector, slotOf, slotTag } from '@refold/pipeline';
import type { LogBatch, Projection, Timing } from '@refold/pipeline';
import type { Rulebook } from '@refold/domain';
import type { SlotDump } from '../memory/memory-slot.js';
import { createMemoryViewStore } from '../memory/memory-view-store.js';
import { plainSlot } from '../memory/plain-slot.js';
import type { PlainSlot } from '../memory/plain-slot.js';
import { nextOf } from './check-slot.js';
import { asidesOf, hasLost, keyOf, liveOf } from './place.js';
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

/** The rulebook of a build that has no other views than a checkpoint names. */
const rulebookOf = (rulebook: Rulebook, views: string): Rulebook => ({
  ...rulebook,
  views: rulebook.views.filter(({ name, version }) =>
    views.split(',').includes(`${name}@${version}`),
  ),
});

/** What one owner without any trouble makes of the same records, cut as it likes. */
async function foldFresh(world: World, projection: Projection, partition: number, dump: SlotDump) {
  const next = nextOf(dump);
  const store = createMemoryViewStore();
  const { topic } = projection;
  let commits = 0;
  const owner = new PartitionProjector(
    {
      log: world.log,
      store,
      timing,
      rulebook: rulebookOf(world.rulebook, dump.checkpoint?.split('|')[3] ?? ''),
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

/** Without what waits for its topic, and whether readers are given the slot: a swap may be under way. */
function foldedPart({ checkpoint, ...slot }: PlainSlot): PlainSlot {
  const plain = Object.entries(slot).filter(
    ([name]) => name !== 'dead-letters-pending' && name !== 'seal',
  );
  const folded = String(checkpoint).replace(/\|(live|aside|sealed)\|/, '|');
  return { ...Object.fromEntries(plain), checkpoint: folded };
}

/**
 * The generations of a partition that are to be compared: others than the live one as long as nothing was lost, and
 * as long as the rules were not mended, since only what stands parked in the live one is folded anew.
 */
function generationsOf(world: World, projection: Projection, partition: number): Projection[] {
  const live = liveOf(world.store, projection, partition);
  if (hasLost(world, projection, partition) || world.poison?.isMended === true) return [live];
  return [live, ...asidesOf(world.store, projection, partition)];
}

/**
 * Every slot, key by key, against a fresh fold of the same records. Left out: what lost the log it was
 * folded from, and what lost its checkpoint alone, which leaves refusals behind that had lapsed.
 */
export async function checkFresh(world: World): Promise<string[]> {
  const faults: string[] = [];
  for (const projection of world.projections) {
    for (let partition = 0; partition < projection.partitions; partition++) {
      if (world.isReplaced(projection.topic, partition)) continue;
      if (world.ahead.has(keyOf(projection, partition))) continue;
      for (const generation of generationsOf(world, projection, partition)) {
        faults.push(...(await compareFresh(world, generation, partition)));
      }
    }
  }
  return faults;
}

async function compareFresh(
  world: World,
  projection: Projection,
  partition: number,
): Promise<string[]> {
  const slot = slotOf(projection, partition);
  const dump = world.store.dump(slot);
  if (dump.checkpoint === null || isRefolding(dump)) return [];
  const is = foldedPart(plainSlot(dump));
  const ought = foldedPart(await foldFresh(world, projection, partition, dump));
  return [...new Set([...Object.keys(is), ...Object.keys(ought)])].flatMap((name) =>
    sortedText(is[name]) === sortedText(ought[name])
      ? []
      : `${slotTag(slot)} ${name} is ${textOf(is[name])}, freshly folded ${textOf(ought[name])}`,
  );
}

/** Text that does not depend on the order of the members of a hash. */
function sortedText(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return textOf(value);
  return textOf(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
