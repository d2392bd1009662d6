import type { Slot } from '@refold/pipeline';
import type { Generations } from './generations.js';
import { asidesOf } from './place.js';
import type { Random } from './random.js';
import type { Actor } from './scheduler.js';
import type { World } from './world.js';

/** How long a member is silent before its partitions go to others, milliseconds. */
const SESSION_MS = 1_000;

/** How long it stands still, and how late it hears of that afterwards, milliseconds. */
const STALL_MS = { least: 2_000, most: 15_000 };
const LATE_MS = 500;

/** When the swap is asked for, milliseconds after the partitions went to others. */
const SWAP_MS = 2_000;

/**
 * Owners that stand still between the pointer that they have read and the slots which they are about to read, while
 * others carry out a swap: what they do then they do by a pointer that is long over.
 */
export class Stalls {
  readonly #world: World;
  readonly #random: Random;
  readonly #generations: Generations;

  constructor(world: World, random: Random, generations: Generations) {
    this.#world = world;
    this.#random = random;
    this.#generations = generations;
  }

  /** An actor has read the pointer, and its answer is on the way. */
  pointerRead(actor: Actor, { projection: name }: Slot): void {
    const { profile, calm, projections, groups, scheduler, store } = this.#world;
    const random = this.#random;
    if (calm || profile.stalls === 0 || !actor.name.startsWith('p')) return;
    const projection = projections.find((one) => one.name === name);
    if (projection === undefined || asidesOf(store, projection, 0).length === 0) return;
    // Who has read its slots already finds by their checkpoints that they changed.
    if (groups.get(projection.topic)?.isTakingOver(actor) !== true) return;
    if (actor.frozenUntil > scheduler.now || !random.chance(profile.stalls)) return;
    const ms = random.int(STALL_MS.least, STALL_MS.most);
    actor.frozenUntil = scheduler.now + ms;
    scheduler.trace.push(`${scheduler.now} ${actor.name} stalls`);
    const swapAt = SESSION_MS + random.int(0, SWAP_MS);
    const lateness = ms - SESSION_MS + random.int(0, LATE_MS);
    scheduler.later(null, `${actor.name} is missed`, SESSION_MS, () => {
      for (const group of groups.values()) {
        const member = group.drop(actor, lateness);
        if (member === null) continue;
        scheduler.later(actor, `${actor.name} joins again`, lateness, () => group.add(member));
      }
    });
    scheduler.later(null, `a swap of ${name}`, swapAt, () => this.#generations.swapAll(projection));
  }
}
