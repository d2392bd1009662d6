import { RULEBOOK } from '@refold/domain';
import type { Rulebook } from '@refold/domain';
import { openTwo } from '../diff/two-generations.fixture.js';
import {
  beginSwap,
  changePointer,
  createGeneration,
  swapped,
} from '../generation/change-pointer.js';
import type { GenerationArguments } from './generation-arguments.js';
import { planGenerations } from './generation-plan.js';
import type { GenerationPlanRequest } from './generation-plan.js';

/** Of an event that no rule knows. */
export const TYPE = 'my.event';

/** Two runs, one event of that type and one record that is no event, folded; and plans about their generations. */
export async function openPlans(rulebook: Rulebook = RULEBOOK) {
  const world = await openTwo();
  world.run('a');
  world.run('b');
  world.run('a', TYPE);
  world.log.appendForeign('t', 0, { key: 'x', value: 'not ours' });
  await world.fold(1);
  const { store, log, projection } = world;
  let ids = 0;
  let now = 0;
  const timing = {
    now: () => (now += 500),
    sleep: async () => undefined,
    after: () => () => undefined,
    tick: async () => undefined,
  };
  const ports = { store, log, rulebook, timing, commitId: () => `p${ids++}` };
  const plan = (
    verb: string,
    args: GenerationArguments,
    more: Partial<GenerationPlanRequest> = {},
  ) => {
    const request = { verb, arguments: args, partitions: null, measured: [] };
    const all = { ...request, share: null, measures: true, ...more };
    return planGenerations(ports, projection, all, 'not_required');
  };
  const build = async (operation = 'build', made: Rulebook = rulebook) => {
    const views = 'run@1';
    // Folded before the pointer has it: this projector would take it for the live one, and the first for one aside.
    await world.fold(2, made);
    await createGeneration(ports, projection, { operation, views, share: 0.5 });
  };
  const flip = async (operation: string, to: number, isBack = false) => {
    const more = isBack ? { isBack: true as const } : {};
    await beginSwap(ports, projection, { operation, to, partitions: [0], ...more });
    await changePointer(ports, projection, (pointer) =>
      pointer.swap === null
        ? { answer: null }
        : { to: swapped(pointer, pointer.swap, 1), answer: null },
    );
  };
  return { ...world, ports, plan, build, flip };
}

/** Why a plan is refused. */
export const reasons = ({ refusals }: { refusals: { reason: string }[] }) =>
  refusals.map(({ reason }) => reason);
