import { GENERATION_BUGS } from './generation-bugs.js';
import { JUDGING_BUGS } from './judging-bugs.js';
import type { PlantedBug } from './planted-bug.js';
import { POISON_BUGS } from './poison-bugs.js';
import { PUBLISHING_BUGS, VIEW_BUGS } from './publishing-bugs.js';
import { REFOLD_BUGS } from './refold-bugs.js';
import { SLOT_BUGS } from './slot-bugs.js';

/** Every bug that the simulation must find. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  ...JUDGING_BUGS,
  ...SLOT_BUGS,
  ...PUBLISHING_BUGS,
  ...VIEW_BUGS,
  ...REFOLD_BUGS,
  ...GENERATION_BUGS,
  ...POISON_BUGS,
];
