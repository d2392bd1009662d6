import type { StreamKind } from '@refold/contracts';
import type { Rules } from './decider.js';
import { runRules } from './run/rules.js';
import { runView } from './run/view.js';
import type { View } from './view.js';
import { workerRules } from './worker/rules.js';
import { workerView } from './worker/view.js';

const RULES: Record<StreamKind, Rules> = { run: runRules, worker: workerRules };

/** The rules that judge claims of a kind of stream. */
export const rulesOf = (kind: StreamKind): Rules => RULES[kind];

// A view only ever sees documents that it made itself, so its document type may be forgotten here.
const VIEWS: Record<StreamKind, readonly View[]> = {
  run: [runView],
  worker: [workerView],
};

/** The views that are folded for a kind of stream. */
export const viewsOf = (kind: StreamKind): readonly View[] => VIEWS[kind];
