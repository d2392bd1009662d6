import type { Random } from './random.js';

/**
 * What may go wrong in one schedule, and how often. Every seed draws its own: with few kinds of
 * faults at a time each of them gets far, which a mix of all never does.
 */
export interface Profile {
  /** What clients and the world do, one after another, before everything calms down. */
  actions: number;
  partitions: { runs: number; workers: number };
  projectors: number;
  doors: number;
  runs: number;
  workers: number;
  /** Most bytes of a delivered batch. */
  batchBytes: number;
  /** Milliseconds that requests and answers take at most. */
  delay: number;
  /** Share of calls that fail in one of the ways of a lost connection. */
  storeFaults: number;
  sendFaults: number;
  laneFaults: number;
  mirrorFaults: number;
  /** Share of messages that a listener never gets. */
  lostMessages: number;
  /** Share of deliveries that begin elsewhere than asked for. */
  strayBatches: number;
  /** Share of the actions before which somebody asks for streams to be folded anew. */
  refolds: number;
  /** Share of the actions before which somebody asks for a generation, or for a swap. */
  generations: number;
  /** Share of the take-overs in which an owner stands still behind the pointer while others carry out a swap. */
  stalls: number;
  /** Weights of what the world does to itself, beside the clients' 10. */
  weights: Record<WorldAction, number>;
}

export const WORLD_ACTIONS = [
  'crash projector',
  'crash door',
  'freeze',
  'rebalance',
  'expel',
  'restore slot',
  'empty slot',
  'empty store',
  'lose checkpoint',
  'raise epoch',
  'lose tail',
  'move leaders',
  'step clock',
  'skip a day',
  'marker',
  'foreign record',
  'newer record',
  'gap in messages',
  'look',
] as const;
export type WorldAction = (typeof WORLD_ACTIONS)[number];

/** Share of the schedules in which an action may happen at all, and its weight there. */
const ACTIONS: Record<WorldAction, readonly [share: number, weight: number]> = {
  'crash projector': [0.5, 0.5],
  'crash door': [0.4, 0.3],
  freeze: [0.5, 0.7],
  rebalance: [0.6, 0.7],
  expel: [0.5, 0.6],
  'restore slot': [0.4, 0.5],
  'empty slot': [0.25, 0.3],
  'empty store': [0.2, 0.2],
  'lose checkpoint': [0.3, 0.4],
  'raise epoch': [0.3, 0.4],
  'lose tail': [0.12, 0.4],
  'move leaders': [0.4, 0.4],
  'step clock': [0.4, 0.5],
  'skip a day': [0.4, 0.4],
  marker: [0.5, 0.8],
  'foreign record': [0.6, 0.8],
  'newer record': [0.06, 0.1],
  'gap in messages': [0.4, 0.3],
  look: [0.8, 0.6],
};

/** @param refolds, generations, stalls Each decides on its own, so that a schedule without them is what it was. */
export function profileOf(
  random: Random,
  refolds: Random,
  generations: Random,
  stalls: Random,
): Profile {
  const rate = (share: number, most: number): number =>
    random.chance(share) ? random.next() * most : 0;
  const weights = Object.fromEntries(
    WORLD_ACTIONS.map((action) => {
      const [share, weight] = ACTIONS[action];
      return [action, random.chance(share) ? weight * (0.5 + random.next()) : 0];
    }),
  ) as Record<WorldAction, number>;
  // What a checkpoint lost alone leaves behind does not tell which refusals had lapsed before.
  if (weights['lose checkpoint'] > 0) weights['skip a day'] = 0;
  return {
    actions: random.int(20, 110),
    partitions: { runs: random.int(1, 3), workers: random.int(1, 2) },
    projectors: random.int(1, 3),
    doors: random.int(1, 2),
    runs: random.int(1, 5),
    workers: random.int(1, 2),
    batchBytes: random.pick([1, 600, 2000, 8000, 100_000]),
    delay: random.pick([0, 3, 20, 60]),
    storeFaults: rate(0.5, 0.15),
    sendFaults: rate(0.5, 0.3),
    laneFaults: rate(0.3, 0.3),
    mirrorFaults: rate(0.4, 0.5),
    lostMessages: rate(0.4, 0.3),
    strayBatches: rate(0.3, 0.1),
    refolds: refolds.chance(0.4) ? 0.05 + refolds.next() * 0.3 : 0,
    generations: generations.chance(0.4) ? 0.05 + generations.next() * 0.3 : 0,
    stalls: stalls.chance(0.5) ? 0.2 + stalls.next() * 0.6 : 0,
    weights,
  };
}
