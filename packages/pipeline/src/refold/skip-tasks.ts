import type { Offset } from '../ports/event-log.js';
import type { SlotCache } from '../slot/slot-cache.js';
import type { KnownSkip, SkipLog } from '../slot/skip-log.js';
import { decodeTask } from './refold-task.js';
import type { RefoldResult, RefoldTask } from './refold-task.js';

/** No stream, and so no operation, has an ID with a slash. */
const OWN = 'skips/';

/** Skips of one task: few enough that one which cannot be carried out holds up no others for long. */
const SKIPS_AT_ONCE = 4;

/** True of a task that an owner gave itself: nobody waits for its result. */
export const isSkipTask = ({ operation }: Pick<RefoldTask, 'operation'>): boolean =>
  operation.startsWith(OWN);

/** Folds nothing again: it removes what a task left behind that was taken out of a slot. */
export const cleaningTask = (to: Offset): RefoldTask => ({
  operation: `${OWN}none`,
  effect: 'replace',
  select: { kind: 'streams', subjects: [], to },
});

/** Whether streams of a slot are still to be folded again because claims of theirs are skipped. */
export const isSkipping = (task: string | null, skips: SkipLog): boolean =>
  skips.open().length > 0 || (task !== null && isSkipTask(decodeTask(task)));

/**
 * What an owner gives itself to do: streams whose claims are skipped by records that live folding has
 * met are folded again. Each skip is tried once; where the stream cannot be folded again it stays open
 * until the slot is read anew, by this owner or the next one.
 */
export class SkipTasks {
  /** Not tried again. A skip that is read from the slot once more is another object, and so is tried. */
  readonly #tried = new WeakSet<KnownSkip>();
  /** To be tried without others: a task of several streams has failed, and nobody knows for which of them. */
  readonly #alone = new WeakSet<KnownSkip>();
  /** What the present attempt is about. */
  #known: KnownSkip[] = [];

  /** Whether there is something to do. */
  isWanted(skips: SkipLog): boolean {
    return this.#waiting(skips).length > 0;
  }

  /** The next task; null: there is nothing to do. */
  next({ skips, checkpoint }: SlotCache): RefoldTask | null {
    const waiting = this.#waiting(skips);
    const [first] = waiting;
    if (first === undefined) return null;
    const together = waiting.filter((skip) => !this.#alone.has(skip)).slice(0, SKIPS_AT_ONCE);
    const some = this.#alone.has(first) ? [first] : together;
    const subjects = [...new Set(some.map(({ subject }) => subject))];
    const select = { kind: 'streams' as const, subjects, to: checkpoint.next };
    return { operation: `${OWN}${first.at}`, effect: 'replace', select };
  }

  /**
   * An attempt begins. It is about the skips that are open now: one that live folding meets while it goes on
   * may not be known to it.
   */
  begins({ skips }: SlotCache, task: RefoldTask): void {
    const subjects = subjectsOf(task);
    this.#known = skips.open().filter(({ subject }) => subjects.includes(subject));
  }

  /** The attempt has come to its end: what it left open is not tried again. */
  ended(task: RefoldTask, outcome: RefoldResult['outcome']): void {
    const isOfSeveral = outcome === 'failed' && subjectsOf(task).length > 1;
    for (const skip of this.#known) (isOfSeveral ? this.#alone : this.#tried).add(skip);
    this.#known = [];
  }

  #waiting(skips: SkipLog): KnownSkip[] {
    return skips.open().filter((skip) => !this.#tried.has(skip));
  }
}

/** Streams of a task that an owner gave itself; none of any other. */
const subjectsOf = ({ operation, select }: RefoldTask): readonly string[] =>
  isSkipTask({ operation }) && select.kind === 'streams' ? select.subjects : [];
