import type { Claim } from '@refold/domain';
import { foldCut } from '../fold/fold-cut.js';
import type { FoldedCut } from '../fold/fold-cut.js';
import type { FoldContext, Item, JudgedContent } from '../fold/fold-context.js';
import type { Offset } from '../ports/event-log.js';
import type { Writes } from '../ports/view-store.js';
import { noWrites } from '../ports/view-store.js';
import { trippedBy } from '../project/breaker.js';
import { LetterLog } from '../slot/letter-log.js';
import { documentName, shadowName } from '../slot/names.js';
import { ParkWindow } from '../slot/park-window.js';
import { earliestOf, RefusalLog } from '../slot/refusals.js';
import type { Beginning } from '../slot/refusals.js';
import { deciderAt } from '../slot/rules-history.js';
import { SlotCache } from '../slot/slot-cache.js';
import type { StreamDocument } from '../slot/stream-document.js';
import type { Attempt } from './attempt.js';
import type { Found, Stretch } from './claim-reader.js';

/** Where shadows begin: everything that a claim's verdict depends on beside its stream. */
export interface ShadowStart {
  offset: Offset;
  /** The partition's time there. */
  time: number;
  incarnation: number;
  /** Where stored documents say that their streams begin. */
  stored: ReadonlyMap<string, Offset>;
  /** Streams that stand parked as they are stored. */
  parked: ReadonlySet<string>;
  /** Streams whose documents name views that they were carried over with. */
  carried: ReadonlyMap<string, string>;
}

/** So many streams park for distinct causes that the fault is probably in this build. */
export class ShadowsPark extends Error {
  override readonly name = 'ShadowsPark';
}

const DOCUMENT = documentName('');

/**
 * Streams that are folded once more, beside the ones that are read: the same fold into a cache of its
 * own, which knows what is skipped further on. It gives no verdicts, lists no dead letters, and counts nothing.
 */
export class Shadows {
  readonly cache: SlotCache;
  /** Streams whose verdicts depend on refusals of others, which are not folded here. */
  readonly doubtful = new Set<string>();
  readonly #attempt: Attempt;
  /** Where streams may begin of which neither their documents nor what is folded here says so, the earliest last. */
  readonly #beginnings = new Map<string, readonly Beginning[]>();

  constructor(
    attempt: Attempt,
    live: SlotCache,
    { offset, time, incarnation, stored, parked, carried }: ShadowStart,
  ) {
    this.#attempt = attempt;
    const refusals = new RefusalLog({
      met: ({ subject }) => void this.doubtful.add(subject ?? ''),
      choose: (subject, possible) => {
        const named = possible.find((one) => one.offset === stored.get(subject));
        if (named === undefined) this.#beginnings.set(subject, possible);
        return named ?? earliestOf(possible);
      },
    });
    const checkpoint = { ...live.checkpoint, next: offset, time, last: null };
    const history = live.history.filter(([from]) => from < offset);
    checkpoint.decider = deciderAt(history, offset);
    // What is stored was not folded by open skips yet, so it is compared without them.
    const skips = live.skips.copy(attempt.task.effect === 'replace' ? 'all' : 'closed');
    const rules = { views: live.views, history, skips };
    this.cache = new SlotCache(checkpoint, null, refusals, new LetterLog(), rules);
    this.cache.incarnation = incarnation;
    this.cache.parks = new ParkWindow(parked);
    // A document that names others is damaged.
    this.cache.beginBy = new Map([...carried].filter(([, by]) => live.views.hasCarried(by)));
  }

  /** Whether a stream may begin where its stored document says, though its shadow begins earlier. */
  mayBegin(subject: string, { first, firstTime }: StreamDocument): boolean {
    const possible = this.#beginnings.get(subject) ?? [];
    return possible.some(({ offset, time }) => offset === first && time === firstTime);
  }

  /** What of a stretch is folded: claims of these streams, and changes of the rules. */
  itemsOf(found: readonly Found[], isSelected: (claim: Claim) => boolean): Item[] {
    return found
      .filter(({ decoded }) => decoded.kind !== 'claim' || isSelected(decoded.claim))
      .map((one) => ({ ...one, stream: null, judged: false, verdict: null }));
  }

  contextOf(items: readonly Item[], committed: ReadonlyMap<string, JudgedContent>): FoldContext {
    const { projection, partition } = this.#attempt.owned;
    const { rulebook } = this.#attempt.ports;
    const accepted = { byIdentity: new Map<string, Item>(), indexed: 0 };
    return { projection, partition, rulebook, cache: this.cache, items, committed, accepted };
  }

  /** Folds one cut of a context. @throws ShadowsPark */
  fold(context: FoldContext, at: number): { folded: FoldedCut; writes: Writes } {
    const folded = foldCut(context, context.items, at);
    const { cut, halt } = folded;
    if (halt !== null) throw new Error(`the record at ${halt.offset} has ${halt.what}`);
    const flood = trippedBy(cut.parks, this.#attempt.ports.breaker);
    if (flood !== null) {
      const { parked, streams, causes } = flood;
      throw new ShadowsPark(`${parked} of ${streams} streams would park: ${causes.at(-1) ?? ''}`);
    }
    const writes = cut.writes(folded.time);
    this.cache.checkpoint.decider = folded.decider;
    return { folded, writes };
  }

  /** The time of the partition went on behind the last claim that was folded. */
  passed({ time, next }: Pick<Stretch, 'time' | 'next'>): void {
    this.cache.time = Math.max(this.cache.time, time);
    this.cache.checkpoint.next = next;
  }
}

/** Of the writes of a cut those of streams, with documents under the names of shadows. */
export function shadowWrites(writes: Writes): Writes {
  const set = writes.set
    .filter(([name]) => name.startsWith(DOCUMENT))
    .map(([name, text]): [string, string] => [shadowName(name.slice(DOCUMENT.length)), text]);
  return { ...noWrites(), set, push: writes.push, remove: writes.remove };
}
