import { decide } from '@refold/domain';
import type { Claim, Rulebook } from '@refold/domain';
import type { Offset } from '../ports/event-log.js';
import { earliestOf, RefusalLog } from '../slot/refusals.js';
import { deciderAt } from '../slot/rules-history.js';
import type { RulesHistory } from '../slot/rules-history.js';
import type { SkipLog } from '../slot/skip-log.js';

/**
 * Whether a claim would begin its stream for whoever knows nothing of it, by the rules of its offset. One that they
 * throw on, or whose rules this build does not have, would: it might.
 * @param history Null: it is not known, so any rules count.
 */
export function begins(
  { deciders }: Rulebook,
  history: RulesHistory | null,
  skips: SkipLog,
  claim: Claim,
): boolean {
  const { kind, offset, identity } = claim;
  const isSkipped = skips.has(offset, identity);
  const decider = history === null ? null : deciderAt(history, offset);
  const rules = decider === null ? deciders : deciders.slice(decider - 1, decider);
  if (rules.length === 0) return !isSkipped;
  return rules.some((kinds) => {
    try {
      return decide(kinds[kind], null, claim, null, isSkipped).kind === 'accepted';
    } catch {
      return true;
    }
  });
}

/** Streams without a document, as far as a partition was read: all that was claimed of them was refused. */
export class UnbegunStreams {
  #isDoubtful = false;
  readonly #refusals = new RefusalLog({
    met: () => (this.#isDoubtful = true),
    choose: (_subject, possible) => earliestOf(possible),
  });

  /**
   * Where the refusal stands by which a claim is refused that would begin its stream; null: it would not, or there is no
   * such refusal.
   * @param time The partition's time there, milliseconds.
   */
  refusedSince(claim: Claim, time: number, isBeginning: boolean): Offset | null {
    const { identity, offset, subject } = claim;
    this.#isDoubtful = false;
    const known = this.#refusals.find(identity, time, offset);
    if (known !== null && !this.#isDoubtful) return isBeginning ? known.offset : null;
    if (isBeginning) return null;
    const refusal = { code: 'not_found', detail: {}, content: '' } as const;
    this.#refusals.add(identity, { ...refusal, offset, time, subject });
    return null;
  }
}
