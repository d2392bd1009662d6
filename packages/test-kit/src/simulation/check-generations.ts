import { decodeCheckpoint, generationOf, slotOf, slotTag } from '@refold/pipeline';
import type { Role } from '@refold/pipeline';
import type { SlotDump } from '../memory/memory-slot.js';
import type { AnswerCase } from './check-answers.js';
import { isRefolding } from './check-fresh.js';
import { nextOf } from './check-slot.js';
import type { Attempt, Door } from './door.js';
import { asidesOf, hasLost, keyOf, liveOf, liveSlot, type Place } from './place.js';
import type { World } from './world.js';

/** More generations than a schedule makes. */
const GENERATIONS_LOOKED_AT = 30;

const roleOf = ({ checkpoint }: SlotDump): Role | null =>
  checkpoint === null ? null : decodeCheckpoint(checkpoint).role;

/** What of the generations of a partition is not at rest at the end of its log; null: nothing. */
export function unsettledAside(
  { store, ...world }: Pick<World, 'store' | 'regressed' | 'lost'>,
  { projection, partition }: Place,
  end: number,
): string | null {
  const live = liveSlot({ store }, projection, partition);
  const role = roleOf(store.dump(live));
  if (role !== 'live') return `${slotTag(live)} is still ${role}`;
  if (hasLost(world, projection, partition)) return null;
  for (const aside of asidesOf(store, projection, partition)) {
    const slot = slotOf(aside, partition);
    const dump = store.dump(slot);
    if (roleOf(dump) !== 'aside') return `${slotTag(slot)} is still ${roleOf(dump)}`;
    if (nextOf(dump) !== end) return `${slotTag(slot)} is at ${nextOf(dump)} of ${end}`;
    if (dump.hashes['dead-letters-pending'] !== undefined) {
      return `${slotTag(slot)} has dead letters that are not mirrored`;
    }
    if (isRefolding(dump)) return `${slotTag(slot)} is still being folded anew`;
  }
  return undroppedOf(store, { projection, partition });
}

/** What is left of a generation that the pointer does not name any more; null: nothing. */
function undroppedOf(store: World['store'], { projection, partition }: Place): string | null {
  const named = [
    liveOf(store, projection, partition),
    ...asidesOf(store, projection, partition),
  ].map(({ generation }) => generation);
  for (let generation = 1; generation <= GENERATIONS_LOOKED_AT; generation++) {
    const slot = slotOf(generationOf(projection, generation), partition);
    const { checkpoint, text, lists, hashes, ranked } = store.dump(slot);
    const left = Object.keys({ ...text, ...lists, ...hashes, ...ranked });
    if (named.includes(generation) || checkpoint === null) continue;
    if (left.length > 0) return `${slotTag(slot)} was dropped and has ${left.join(' ')}`;
  }
  return null;
}

/** Every claim that was judged had its verdict told, whichever generation was live. */
export function checkTold(
  { world, models }: Pick<AnswerCase, 'world' | 'models'>,
  attempts: readonly Attempt[],
): string[] {
  return attempts.flatMap(({ number, projection, partition, outcome }) => {
    if (outcome?.kind !== 'appended' || hasLost(world, projection, partition)) return [];
    const { offset } = outcome;
    if (models.get(projection.topic)?.verdicts[partition]?.has(offset) !== true) return [];
    const place = `${keyOf(projection, partition)}/${offset}`;
    return world.watch.told.has(place) ? [] : [`nobody told attempt ${number} of ${place}`];
  });
}

/** No answer is made from two states of the pointer, nor from one that was over when it began. */
export function checkMixes(world: World, doors: readonly Door[]): string[] {
  const looks = doors.flatMap(({ generationLooks }) => generationLooks);
  return looks.flatMap(({ projection, generations, from, to }) => {
    const partitions = generations.map((_, partition) => partition);
    if (partitions.some((partition) => hasLost(world, projection, partition))) return [];
    const states = world.watch.statesBetween(projection, from, to);
    // With several swaps within one answer, each partition is right by itself.
    if (states.length > 2) return [];
    const is = generations.join();
    if (states.some((live) => live.join() === is)) return [];
    const ought = states.map((live) => live.join()).join(' or ');
    return [`${projection.topic} was read as generations ${is}, live were ${ought}`];
  });
}
