import type { SlotCache } from '../slot/slot-cache.js';
import { skipField } from '../slot/skip-log.js';
import type { KnownSkip, SkipLog } from '../slot/skip-log.js';
import { decodeTask } from './refold-task.js';
import type { RefoldTask } from './refold-task.js';

/** No stream, and so no operation, has an ID with a slash. */
const OWN = 'skips/';

/** Skips of one task: few enough that one which cannot be carried out holds up no others for long. */
const SKIPS_AT_ONCE = 4;

/** True of a task that an owner gave itself: nobody waits for its result. */
export const isSkipTask = ({ operation }: Pick<RefoldTask, 'operation'>): boolean =>
  operation.startsWith(OWN);

/** Whether streams of a slot are still to be folded again because claims of theirs are skipped. */
export const isSkipping = (task: string | null, skips: SkipLog): boolean =>
  skips.open().length > 0 || (task !== null && isSkipTask(decodeTask(task)));

/**
 * What an owner gives itself to do: streams whose claims are skipped by records that live folding has
 * met are folded again. Each skip is tried once by an owner; where the stream cannot be folded again it
 * stays open.
 */
export class SkipTasks {
  readonly #tried = new Set<string>();

  /** Whether there is something to do. */
  isWanted(skips: SkipLog): boolean {
    return this.#waiting(skips).length > 0;
  }

  /** The next task; null: there is nothing to do. */
  next({ skips, checkpoint }: SlotCache): RefoldTask | null {
    const some = this.#waiting(skips).slice(0, SKIPS_AT_ONCE);
    const [first] = some;
    if (first === undefined) return null;
    const subjects = [...new Set(some.map(({ subject }) => subject))];
    const select = { kind: 'streams' as const, subjects, to: checkpoint.next };
    return { operation: `${OWN}${first.at}`, effect: 'replace', select };
  }

  /** A task of these streams has ended: skips that it left open are not tried again. */
  ended(skips: SkipLog, { select }: RefoldTask): void {
    const subjects = select.kind === 'streams' ? select.subjects : [];
    for (const skip of skips.open()) {
      const isTried = subjects.includes(skip.subject) && skip.at < select.to;
      if (isTried) this.#tried.add(skipField(skip));
    }
  }

  #waiting(skips: SkipLog): KnownSkip[] {
    return skips.open().filter((skip) => !this.#tried.has(skipField(skip)));
  }
}
