import { viewsOf } from '@refold/domain';
import type { KindViews, Rulebook } from '@refold/domain';
import type { Offset } from '../ports/event-log.js';
import type { StreamDocument } from './stream-document.js';

/** What a slot has carried over from another generation, because the log no longer has its beginning. */
export interface CarriedOver {
  /** Where the log began when the slot was opened: streams that began before are carried over. */
  start: Offset;
  /** Streams so far, of which something is decided or which stand parked. */
  streams: number;
  /** The views of the documents of all of them, each as a checkpoint names them. */
  views: readonly string[];
  /** The stream of which lists are written, and no document yet, as retired keys are named; null: there is none. */
  copying: readonly [field: string, keys: string] | null;
  /** Until then streams are missing that the live generation has. */
  isOver: boolean;
}

export const encodeCarriedOver = (carried: CarriedOver): string => JSON.stringify(carried);

export const decodeCarriedOver = (text: string | null): CarriedOver | null =>
  text === null ? null : (JSON.parse(text) as CarriedOver);

/** The views of the documents that a slot holds: its own, and those that came with documents carried over. */
export class SlotViews {
  readonly own: KindViews;
  readonly #carried: ReadonlyMap<string, KindViews>;

  constructor(own: KindViews, carried: ReadonlyMap<string, KindViews> = new Map()) {
    this.own = own;
    this.#carried = carried;
  }

  /** The views by which a document is folded. */
  of(document: Pick<StreamDocument, 'carried'> | null): KindViews {
    const carried = document?.carried ?? null;
    if (carried === null) return this.own;
    const views = this.#carried.get(carried);
    if (views === undefined)
      throw new Error(`the slot does not say that it holds views ${carried}`);
    return views;
  }
}

/** Both as texts name them. @throws ViewsUnknown when the build lacks one of them. */
export const slotViews = (
  rulebook: Rulebook,
  own: string,
  carried: readonly string[] = [],
): SlotViews =>
  new SlotViews(
    viewsOf(rulebook, own),
    new Map(carried.map((text) => [text, viewsOf(rulebook, text)])),
  );
