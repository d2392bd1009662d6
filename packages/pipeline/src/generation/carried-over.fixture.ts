import { expect } from 'vitest';
import { KnownChains } from '../diff/known-chains.js';
import { decidedOtherwise } from '../diff/sealed-verdicts.js';
import { StoreUnavailable } from '../ports/view-store.js';
import type { ViewStore } from '../ports/view-store.js';
import { bound } from '../project/one-partition.fixture.js';
import { NEWER } from '../project/rulebook.fixture.js';
import { slotOf } from '../projection.js';
import { decodeCarriedOver } from '../slot/carried-over.js';
import { decodeDocument } from '../slot/stream-document.js';
import { generationOf } from './pointer.js';
import { openGenerations } from './two-generations.fixture.js';
import type { GenerationWorld } from './two-generations.fixture.js';

export const carriedOf = ({ dumpOf }: GenerationWorld) =>
  decodeCarriedOver(dumpOf(2).text['carried'] ?? null);

const isCarried = (world: GenerationWorld): boolean => carriedOf(world)?.isOver === true;

export const isLevel = (world: GenerationWorld): boolean =>
  isCarried(world) && world.checkpointOf(2)?.next === world.checkpointOf(1)?.next;

export const documentIn = (world: GenerationWorld, generation: number, id: string) => {
  const text = world.dumpOf(generation).text[`d:run/${id}`];
  return text === undefined ? null : decodeDocument(text);
};

/** What was decided in a slot, by stream, and what it remembers to judge by. */
export function decided(world: GenerationWorld, generation: number) {
  const { text, hashes, checkpoint } = world.dumpOf(generation);
  const documents = Object.entries(text).flatMap(([name, value]): [string, unknown][] => {
    if (!name.startsWith('d:')) return [];
    const { state, first, next, firstTime, parked, transientDays } = decodeDocument(value);
    return [[name, { state, first, next, firstTime, parked, transientDays }]];
  });
  const time = world.checkpointOf(generation)?.time;
  expect(checkpoint).not.toBeNull();
  return {
    documents: Object.fromEntries(documents),
    refusals: hashes['refusals'] ?? {},
    skips: hashes['skips'] ?? {},
    letters: hashes['dead-letters'] ?? {},
    rules: text['rules'] ?? null,
    digests: ['verdicts/0', 'verdicts/1'].map((counter) => hashes['counters']?.[counter]),
    time,
  };
}

export const otherwise = (world: GenerationWorld) =>
  decidedOtherwise({
    ...{ store: world.store, rulebook: NEWER, kinds: world.projection.kinds },
    old: slotOf(world.projection, 0),
    new: slotOf(generationOf(world.projection, 2), 0),
    chains: new KnownChains(),
  });

/** The head of the log is gone, with the beginning of `old` and `half`; `fresh` is all there. */
export async function withoutHead() {
  const world = await openGenerations();
  const run = (id: string, type = 'run.delta', more = {}) =>
    world.append({ subject: `run/${id}`, type, ...more });
  run('old', 'run.started');
  run('half', 'run.started');
  run('ghost', 'run.delta', { id: 'refused' });
  run('half');
  run('fresh', 'run.started');
  run('half');
  await world.foldAll(world.projector());
  world.log.deleteHead('t', 0, 4);
  return { ...world, run };
}

/**
 * A run of which the log that is left has each claim, and that is carried over all the same: it begins while others are
 * carried over, at a claim that an owner before has passed.
 */
export async function withJoined() {
  const world = await withoutHead();
  world.run('late', 'run.delta', { id: 'early' });
  await world.foldAll(world.projector());
  await world.create();
  const commit: ViewStore['commit'] = (slot, expected, next, writes, notices) => {
    const isHeld = writes.set.some(
      ([name, text]) => name === 'd:run/late' || (name === 'carried' && /"isOver":true/.test(text)),
    );
    if (slot.generation === 2 && isHeld) throw new StoreUnavailable('away for a moment');
    return world.store.commit(slot, expected, next, writes, notices);
  };
  const first = world.owner({ store: { ...bound(world.store), commit } });
  await world.foldAll(first);
  await world.until(() => carriedOf(world)?.views['run@1'] === 2);
  world.run('late', 'run.started');
  await world.foldAll(first);
  await world.until(() => world.checkpointOf(2)?.next === world.checkpointOf(1)?.next);
  first.revoke();
  return world;
}
