import { decodeCheckpoint, pointerSlot, slotTag } from '@refold/pipeline';
import type { StoreImage } from '../memory/memory-view-store.js';
import { foreignRecord, newerRecord } from './foreign-records.js';
import { keyOf, tagOf, type Place } from './place.js';
import type { WorldAction } from './profile.js';
import type { World } from './world.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Images of the store that are kept to come back. */
const IMAGES_MAX = 6;

/** Puts `slots` in the place of what the store holds now. */
function overlay(world: World, slots: (now: StoreImage) => StoreImage['slots']): void {
  const now = world.store.capture();
  world.store.restore({ slots: slots(now), pins: now.pins });
}

/** The checkpoint of one slot is gone, its documents are not; its log is still the one it had. */
function loseCheckpoint(world: World, place: Place): void {
  const tag = tagOf(world, place);
  const key = keyOf(place.projection, place.partition);
  if (world.replaced.has(key)) return;
  world.regressed.add(key);
  overlay(world, (now) => {
    const slot = now.slots.get(tag)?.copy();
    if (slot === undefined || slot.checkpoint === null) return now.slots;
    const { next } = decodeCheckpoint(slot.checkpoint);
    world.ahead.set(key, Math.max(world.ahead.get(key) ?? 0, next));
    slot.checkpoint = null;
    return new Map(now.slots).set(tag, slot);
  });
}

/** One slot comes back as it was at some earlier moment. */
export function restoreSlot(world: World, place: Place): void {
  if (world.images.length === 0) return;
  const tag = tagOf(world, place);
  const old = world.random.pick(world.images).slots.get(tag);
  world.regressed.add(keyOf(place.projection, place.partition));
  overlay(world, (now) => {
    const slots = new Map(now.slots);
    if (old === undefined) slots.delete(tag);
    else slots.set(tag, old);
    return slots;
  });
}

/** Everything of one partition is gone, whatever generation. */
export function emptySlot(world: World, { projection, partition }: Place): void {
  world.regressed.add(keyOf(projection, partition));
  const isOf = (tag: string): boolean =>
    tag.startsWith(`{${projection.name}.g`) &&
    tag.endsWith(`.p${partition}}`) &&
    tag !== slotTag(pointerSlot(projection));
  overlay(world, (now) => new Map([...now.slots].filter(([tag]) => !isOf(tag))));
}

/** Everything is gone, what the projections say of their generations too. */
function emptyStore({ store, regressed, projections }: World): void {
  store.wipe();
  for (const projection of projections) {
    for (let p = 0; p < projection.partitions; p++) regressed.add(keyOf(projection, p));
  }
}

/**
 * A leader dies and takes the end of the log with it. The next one begins without, or holds other
 * records there: lost ones, written again in the old order or another, or what somebody else wrote. Not
 * where the checkpoint was lost too: then nothing is left that could tell.
 */
async function loseTail(world: World, place: Place): Promise<void> {
  const { random, log } = world;
  const { partition } = place;
  if (world.ahead.has(keyOf(place.projection, partition))) return;
  const { topic } = place.projection;
  const { end } = await log.range(topic, partition);
  const from = Math.max(0, end - random.int(1, 5));
  if (from === end) return;
  const lost = log.records(topic, partition).filter(({ offset }) => offset >= from);
  const sameEpoch = random.chance(0.3);
  world.loseTail(topic, partition, from, sameEpoch);
  const refilled = random.chance(0.5) ? random.int(1, 8) : 0;
  const inOrder = random.chance(0.4);
  for (let n = 0; n < refilled; n++) {
    if (lost.length === 0 || random.chance(0.3)) foreignRecord(world, place);
    else {
      const { key, value, timestamp } = (inOrder ? lost[n] : undefined) ?? random.pick(lost);
      const isSameTime = !sameEpoch && random.chance(0.5);
      world.append(topic, partition, { key, value }, isSameTime ? timestamp : undefined);
    }
  }
}

async function raiseEpoch(world: World, { projection, partition }: Place): Promise<void> {
  const { end } = await world.log.range(projection.topic, partition);
  world.changeLeader(projection.topic, partition, end);
}

function freeze({ actors, random, scheduler }: World): void {
  const actor = random.pick(actors);
  actor.frozenUntil = scheduler.now + random.int(50, 20_000);
}

/** A member is silent for too long and loses everything; it joins again when it notices. */
function expel(world: World, { projection }: Place): void {
  const group = world.groups.get(projection.topic);
  if (group === undefined || group.members.length === 0) return;
  const member = world.random.pick(group.members);
  group.drop(member.actor);
  const { actor } = member;
  const delay = world.random.int(0, 5000);
  world.scheduler.later(actor, `${actor.name} joins again`, delay, () => group.add(member));
}

/** What the world does to itself at one moment; crashes are the schedule's. */
export const WORLD_ACTS: Record<
  Exclude<WorldAction, 'crash projector' | 'crash door' | 'look'>,
  (world: World, place: Place) => unknown
> = {
  freeze,
  expel,
  rebalance: (world, { projection }) => world.groups.get(projection.topic)?.rebalance(),
  'restore slot': restoreSlot,
  'empty slot': emptySlot,
  'empty store': emptyStore,
  'lose checkpoint': loseCheckpoint,
  'raise epoch': raiseEpoch,
  'lose tail': loseTail,
  'move leaders': (world) => world.moveLeaders(),
  'step clock': (world) => {
    world.skew = world.random.int(-HOUR_MS, HOUR_MS);
  },
  'skip a day': ({ scheduler, random }) => {
    scheduler.now += Math.floor(DAY_MS * (0.5 + random.next()));
  },
  marker: ({ log, groups }, { projection, partition }) => {
    log.appendMarker(projection.topic, partition);
    groups.get(projection.topic)?.wake(partition);
  },
  'foreign record': foreignRecord,
  'newer record': newerRecord,
  'gap in messages': ({ store }) => store.interrupt(),
};

/** Remembers the store as it is. A slot without a checkpoint is not a state that a backup has. */
export function takeImage({ store, images }: World): void {
  const image = store.capture();
  if ([...image.slots.values()].some((slot) => slot.checkpoint === null)) return;
  images.push(image);
  if (images.length > IMAGES_MAX) images.shift();
}
