import { viewsOf } from '@refold/domain';
import type { KindViews, Rulebook } from '@refold/domain';
import type { Offset } from '../ports/event-log.js';
import type { StreamDocument } from './stream-document.js';

/** What a slot has carried over from another generation, because the log no longer has its beginning. */
export interface CarriedOver {
  /** Where the log began when the slot was opened: streams that began before are carried over. */
  start: Offset;
  /** How many streams so far have documents that are folded by these views, each as a checkpoint names them. */
  views: Readonly<Record<string, number>>;
  /** The stream of which lists are written, and no document yet, as retired keys are named; null: there is none. */
  copying: readonly [field: string, keys: string] | null;
  /** Until then streams are missing that the live generation has. */
  isOver: boolean;
}

/** Streams that stand here as they were carried over, and folded on since. */
export const streamsCarried = ({ views }: Pick<CarriedOver, 'views'>): number =>
  Object.values(views).reduce((sum, streams) => sum + streams, 0);

/** One document more, or one fewer, that is folded by these views; views of none are forgotten. */
export function countCarried(
  counted: CarriedOver['views'],
  views: string,
  by: 1 | -1,
): CarriedOver['views'] {
  const { [views]: before = 0, ...others } = counted;
  const after = before + by;
  return after > 0 ? { ...others, [views]: after } : others;
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

  /** Whether documents that were carried over may be folded by these views. */
  hasCarried(views: string): boolean {
    return this.#carried.has(views);
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
  carried: Pick<CarriedOver, 'views'> | null = null,
): SlotViews =>
  new SlotViews(
    viewsOf(rulebook, own),
    new Map(Object.keys(carried?.views ?? {}).map((text) => [text, viewsOf(rulebook, text)])),
  );
