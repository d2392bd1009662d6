import type { StreamKind } from '@refold/contracts';
import type { Rules } from './decider.js';
import { operationRules } from './operation/rules.js';
import { operationView } from './operation/view.js';
import { runRules } from './run/rules.js';
import { runView } from './run/view.js';
import type { View } from './view.js';
import { workerRules } from './worker/rules.js';
import { workerView } from './worker/view.js';

/** The rules of one decider version, for every kind of stream. */
export type KindRules = Readonly<Record<StreamKind, Rules>>;

/** The views that one slot folds, by the kind of stream they are of. */
export type KindViews = Readonly<Record<StreamKind, readonly View[]>>;

/** Everything a build can judge by and fold into. What it lacks stops a partition. */
export interface Rulebook {
  /**
   * The rules of decider version 1, 2, …: what the log has selected once is judged by it for ever, so
   * none is ever taken out or changed. All of them that know an event type know its newest schema.
   */
  deciders: readonly KindRules[];
  /** Views of every kind, several versions of one name among them. */
  views: readonly View[];
}

/** What this build ships. */
export const RULEBOOK: Rulebook = {
  deciders: [{ run: runRules, worker: workerRules, operation: operationRules }],
  // A view only ever sees documents that it made itself, so its document type may be forgotten here.
  views: [runView, workerView, operationView],
};

/** A decider version that this build has not: deploy one that does. */
export class DeciderUnknown extends Error {
  override readonly name = 'DeciderUnknown';
  constructor(decider: number, newest: number) {
    super(
      `decider version ${decider} is not in this build, which has versions 1 to ${newest}: ` +
        `deploy a build that has version ${decider}`,
    );
  }
}

/** Views that this build does not have in that version: deploy one that does. */
export class ViewsUnknown extends Error {
  override readonly name = 'ViewsUnknown';
  constructor(text: string, known: string) {
    super(
      `views ${text} are not all in this build, which has ${known}: deploy a build that has them`,
    );
  }
}

/** The newest decider version of a rulebook. */
export const newestDecider = (rulebook: Rulebook): number => rulebook.deciders.length;

/** The rules of a decider version. @throws DeciderUnknown */
export function rulesOf(rulebook: Rulebook, decider: number): KindRules {
  const rules = rulebook.deciders[decider - 1];
  if (rules === undefined) throw new DeciderUnknown(decider, newestDecider(rulebook));
  return rules;
}

const nameOf = ({ name, version }: View): string => `${name}@${version}`;

const textOf = (views: readonly View[]): string => views.map(nameOf).sort().join(',');

/**
 * The views that a text of a checkpoint names, `run@1,worker@1`; an empty text names none.
 * @throws ViewsUnknown for a view or version that is not there, and for a name that stands twice.
 */
export function viewsOf(rulebook: Rulebook, text: string): KindViews {
  const names = text === '' ? [] : text.split(',');
  const views = rulebook.views.filter((view) => names.includes(nameOf(view)));
  const distinct = new Set(views.map(({ name }) => name));
  if (views.length !== names.length || distinct.size !== names.length) {
    throw new ViewsUnknown(text, textOf(rulebook.views));
  }
  const of = (kind: StreamKind): View[] => views.filter((view) => view.kind === kind);
  return { run: of('run'), worker: of('worker'), operation: of('operation') };
}

/** The newest version of every view of these kinds, as a checkpoint names them. */
export function newestViews(rulebook: Rulebook, kinds: readonly StreamKind[]): string {
  const newest = new Map<string, View>();
  for (const view of rulebook.views) {
    if (!kinds.includes(view.kind)) continue;
    if (view.version > (newest.get(view.name)?.version ?? 0)) newest.set(view.name, view);
  }
  return textOf([...newest.values()]);
}
