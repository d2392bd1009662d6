import type { Writes } from '../ports/view-store.js';
import { countCarried, encodeCarriedOver } from '../slot/carried-over.js';
import type { CarriedOver } from '../slot/carried-over.js';
import { CARRIED } from '../slot/names.js';
import type { StreamDocument } from '../slot/stream-document.js';

type Folded = Pick<StreamDocument, 'carried'> | null;

/**
 * How many documents of a slot are folded by views that came with them, while some are replaced or removed. Views of
 * none of them are needed no more, and a build may lack them.
 */
export class CarriedCount {
  readonly #before: CarriedOver | null;
  #carried: CarriedOver | null;

  /** @param carried What the slot says so far. */
  constructor(carried: CarriedOver | null) {
    this.#before = carried;
    this.#carried = carried;
  }

  /** A document takes the place of another one, or of none, or goes. */
  moves(before: Folded, after: Folded): void {
    const [was, is] = [before?.carried ?? null, after?.carried ?? null];
    if (this.#carried === null || was === is) return;
    let { views } = this.#carried;
    if (was !== null) views = countCarried(views, was, -1);
    if (is !== null) views = countCarried(views, is, 1);
    this.#carried = { ...this.#carried, views };
  }

  /** Writes what changed. Returns what the slot says from then on. */
  write(writes: Writes): CarriedOver | null {
    const carried = this.#carried;
    if (carried === null || carried === this.#before) return carried;
    if (carried.isOver && Object.keys(carried.views).length === 0) {
      writes.remove.push(CARRIED);
      return null;
    }
    writes.set.push([CARRIED, encodeCarriedOver(carried)]);
    return carried;
  }
}
