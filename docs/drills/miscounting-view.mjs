/**
 * Loaded with `node --import` before the server: a build whose view of runs counts one message where there are more, as a mistake in a
 * release would. For drills of docs/operating.md only.
 */
import { RULEBOOK } from '@refold/domain';

const at = RULEBOOK.views.findIndex(({ name }) => name === 'run');

/** The view as it should be. */
export const rightView = RULEBOOK.views[at];

RULEBOOK.views[at] = {
  ...rightView,
  evolve(document, event, state) {
    const made = rightView.evolve(document, event, state);
    return made.message_count > 1 ? { ...made, message_count: 1 } : made;
  },
};
