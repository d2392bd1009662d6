/**
 * Loaded with `node --import` before the server: a build whose rules of runs throw on every event of the type `drill.poison`, as a
 * mistake in a release would. For drills of docs/operating.md only.
 */
import { RULEBOOK, rulesOf } from '@refold/domain';

const rules = rulesOf(RULEBOOK, 1).run;
const transition = rules.transition.bind(rules);

rules.transition = (status, claim, owner) => {
  if (claim.type === 'drill.poison') throw new TypeError('a drill: these rules are broken');
  return transition(status, claim, owner);
};
