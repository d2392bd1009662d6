import { decodeCheckpoint, slotTag } from '@refold/pipeline';
import type { Notice, Projection, Slot } from '@refold/pipeline';
import type { VerdictNotice } from '@refold/contracts';
import { keyOf, liveGenerations } from './place.js';
import type { World } from './world.js';

/** Which generation was live on each partition from a step on. */
interface PointerState {
  step: number;
  live: number[];
}

/** Looks at every commit: only what the pointer names is written as live, and tells verdicts, each once. */
export class GenerationWatch {
  /** `topic/partition/offset` of the claims whose verdict was told. */
  readonly told = new Set<string>();
  readonly #world: World;
  readonly #states = new Map<string, PointerState[]>();

  constructor(world: World) {
    this.#world = world;
  }

  /** A commit was applied. */
  noteCommit(slot: Slot, checkpoint: string, notices: readonly Notice[]): void {
    const projection = this.#world.projections.find(({ name }) => name === slot.projection);
    if (projection === undefined) return;
    if (slot.generation === 0) this.#notePointer(projection);
    else this.#noteSlot(projection, slot, checkpoint, notices);
  }

  /** Which generations an answer may be of that began and ended at these steps. */
  statesBetween(projection: Projection, from: number, to: number): number[][] {
    const states = this.#states.get(projection.name) ?? [];
    const first = Array.from({ length: projection.partitions }, () => projection.generation);
    const before = states.findLast(({ step }) => step < from)?.live ?? first;
    const within = states.filter(({ step }) => step >= from && step <= to);
    return [before, ...within.map(({ live }) => live)];
  }

  #notePointer(projection: Projection): void {
    const { scheduler, store } = this.#world;
    const states = this.#states.get(projection.name) ?? [];
    states.push({ step: scheduler.steps, live: liveGenerations(store, projection) });
    this.#states.set(projection.name, states);
  }

  #noteSlot(
    projection: Projection,
    slot: Slot,
    checkpoint: string,
    notices: readonly Notice[],
  ): void {
    const world = this.#world;
    const key = keyOf(projection, slot.partition);
    if (world.regressed.has(key)) return;
    const { role } = decodeCheckpoint(checkpoint);
    const live = liveGenerations(world.store, projection)[slot.partition];
    if (role === 'live' && live !== slot.generation) {
      world.find(`${slotTag(slot)} was written as live while generation ${live} is`);
    }
    for (const { channel, message } of notices) {
      if (!channel.includes('reply')) continue;
      for (const { offset } of JSON.parse(message) as VerdictNotice[]) {
        const place = `${key}/${offset}`;
        if (role !== 'live') world.find(`${slotTag(slot)} is ${role} and tells of ${place}`);
        if (this.told.has(place)) world.find(`${place} was told once more by ${slotTag(slot)}`);
        this.told.add(place);
      }
    }
  }
}
