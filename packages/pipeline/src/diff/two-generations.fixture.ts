import type { JsonValue } from '@refold/contracts';
import { RULEBOOK, rulesOf } from '@refold/domain';
import type { Rulebook, Rules, View } from '@refold/domain';
import type { Writes } from '../ports/view-store.js';
import { noWrites } from '../ports/view-store.js';
import { slotOf } from '../projection.js';
import { openWorld } from '../project/one-partition.fixture.js';
import { diffPartition } from './diff-partition.js';

const FIRST = rulesOf(RULEBOOK, 1);
const [RUN_VIEW] = RULEBOOK.views as [View];

/** What is shipped, with rules of runs of its own: a build that judges otherwise. */
export const judging = (rules: Partial<Rules>): Rulebook => ({
  ...RULEBOOK,
  deciders: [{ ...FIRST, run: { ...FIRST.run, ...rules } }],
});

/** What is shipped, and a second version of the view of runs. */
export const viewing = (view: Partial<View>): Rulebook => ({
  ...RULEBOOK,
  views: [...RULEBOOK.views, { ...RUN_VIEW, version: 2, ...view }],
});

/** The document that the shipped view makes, with one thing more to say. */
export const saying =
  (member: string, value: (document: Record<string, JsonValue>) => JsonValue): View['evolve'] =>
  (document, event, state) => {
    const made = RUN_VIEW.evolve(document, event, state) as Record<string, JsonValue>;
    return { ...made, [member]: value(made) };
  };

/** A rulebook that refuses or throws on one type of event. */
export const onType = (type: string, act: () => ReturnType<Rules['transition']>): Rulebook =>
  judging({
    transition: (status, claim, owner) =>
      claim.type === type ? act() : FIRST.run.transition(status, claim, owner),
  });

/** A partition in memory with two generations, folded by whatever rulebooks a test has. */
export async function openTwo() {
  const world = await openWorld();
  const run = (id: string, type = 'run.started', data: JsonValue = null) =>
    world.append({ subject: `run/${id}`, type, data });
  const fold = (generation: number, rulebook: Rulebook = RULEBOOK) =>
    world.foldAll(world.projector({ rulebook }, generation));
  const both = async (old: Rulebook = RULEBOOK, fresh: Rulebook = RULEBOOK) => {
    await fold(1, old);
    await fold(2, fresh);
  };
  const slot = (generation: number) => slotOf({ ...world.projection, generation }, 0);
  const dump = (generation: number) => world.store.dump(slot(generation));
  /** Changes what stands in a slot, at the position where it stands. */
  const damage = async (generation: number, writes: Partial<Writes>): Promise<void> => {
    const { checkpoint } = dump(generation);
    const all = { ...noWrites(), ...writes };
    await world.store.commit(slot(generation), checkpoint, checkpoint ?? '', all, []);
  };
  let looks = 0;
  const sleep = async () => {
    looks += 1;
  };
  const diff = (rulebook: Rulebook = RULEBOOK, samples = 20) =>
    diffPartition({ store: world.store, rulebook, timing: { sleep } }, world.projection, {
      ...{ partition: 0, old: 1, new: 2 },
      samples,
    });
  return { ...world, run, fold, both, slot, dump, damage, diff, looks: () => looks };
}
