import type { JsonValue } from '@refold/contracts';
import { RULEBOOK, rulesOf, type Rulebook, type Rules, type View } from '@refold/domain';
import type { Projection } from '@refold/pipeline';
import { modelOf, type Model, type ModelRefusals } from '../model/model.js';
import type { ModelPoison } from '../model/skips.js';
import type { ModelRecord } from '../model/read-record.js';

/** What the second version of the simulated rules refuses, and the first takes. */
const REFUSED: ReadonlySet<string> = new Set(['my.event', 'worker.event']);

const stricter = (rules: Rules): Rules => ({
  ...rules,
  transition: (status, claim, owner) =>
    REFUSED.has(claim.type)
      ? { allowed: false, detail: { from: status, transition: claim.type } }
      : rules.transition(status, claim, owner),
});

const first = rulesOf(RULEBOOK, 1);

/** The same view with one thing more to say. */
const secondOf = (view: View): View => ({
  ...view,
  version: 2,
  evolve: (document, event, state) => ({
    ...(view.evolve(document, event, state) as Record<string, JsonValue>),
    told_by: 2,
  }),
});

/** The shipped rules and views, and a version after each of them; a third is not there. */
export const SIMULATED_RULEBOOK: Rulebook = {
  ...RULEBOOK,
  views: [...RULEBOOK.views, ...RULEBOOK.views.map(secondOf)],
  deciders: [first, { ...first, run: stricter(first.run), worker: stricter(first.worker) }],
};

/** The same for the model, written without the domain. */
const REFUSALS: ModelRefusals = [({ type }) => type === 'my.event' || type === 'worker.event'];

/** What the records of a topic mean by the simulated rules. */
export const simulatedModel = (
  { kinds }: Projection,
  partitions: readonly (readonly ModelRecord[])[],
  poison?: ModelPoison,
): Model => modelOf(kinds[0] ?? 'run', partitions, REFUSALS, poison);
