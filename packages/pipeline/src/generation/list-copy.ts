import { noWrites } from '../ports/view-store.js';
import { retiredKeys } from '../refold/retired-keys.js';
import type { StreamDocument } from '../slot/stream-document.js';
import { carriedField, carriedKeys, listsUnder } from './carried-lists.js';
import type { CarriedList } from './carried-lists.js';
import type { CarriedSlot } from './carried-slot.js';
import type { CarriedSource } from './carried-source.js';

/** Characters that one commit carries over, but for a single list. */
export const LENGTH_MAX = 1_048_576;

/** Keys that one commit removes. */
const KEYS_MAX = 500;

/** Copies timelines and registers of streams: of a long one all but the last before its document. */
export class ListCopy {
  readonly #slot: CarriedSlot;

  constructor(slot: CarriedSlot) {
    this.#slot = slot;
  }

  /** The lists of a stream; what is more than a commit takes is written before. */
  async of(
    source: CarriedSource,
    subject: string,
    document: StreamDocument,
  ): Promise<CarriedList[]> {
    let lists: CarriedList[] = [];
    let length = 0;
    const read = async (reads: Parameters<CarriedSource['at']>[0]) =>
      (await source.at(reads)).results;
    for await (const page of listsUnder(read, subject, document)) {
      for (const list of page) {
        if (length > 0 && length + list[1].length > LENGTH_MAX) {
          await this.#write(subject, document, lists);
          [lists, length] = [[], 0];
        }
        lists.push(list);
        length += list[1].length;
      }
    }
    return lists;
  }

  /** Nobody reads them before there is a document. */
  async #write(subject: string, document: StreamDocument, lists: CarriedList[]): Promise<void> {
    await this.#slot.commit((_, carried) => {
      const copying = [carriedField(subject), carriedKeys(document)] as const;
      return { writes: { ...noWrites(), push: lists }, carried: { ...carried, copying } };
    });
  }

  /** Removes lists of a stream that is not there: whoever wrote them was stopped. */
  async remove(field: string, keys: string): Promise<void> {
    const all = retiredKeys(field, keys);
    for (let at = 0; at < all.length; at += KEYS_MAX) {
      const isLast = at + KEYS_MAX >= all.length;
      await this.#slot.commit((_, carried) => {
        const writes = { ...noWrites(), remove: all.slice(at, at + KEYS_MAX) };
        return { writes, carried: isLast ? { ...carried, copying: null } : carried };
      });
    }
  }
}
