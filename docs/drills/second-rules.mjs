/**
 * Loaded with `node --import` before the server: a build with a second version of the rules, which refuses events of the type
 * `drill.disputed`. It has the views of mended-view.mjs, too. For drills of docs/operating.md only.
 */
import { RULEBOOK, rulesOf } from '@refold/domain';
import './mended-view.mjs';

const first = rulesOf(RULEBOOK, 1);

RULEBOOK.deciders.push({
  ...first,
  run: {
    ...first.run,
    transition: (status, claim, owner) =>
      claim.type === 'drill.disputed'
        ? { allowed: false, detail: { from: status, transition: claim.type } }
        : first.run.transition(status, claim, owner),
  },
});
