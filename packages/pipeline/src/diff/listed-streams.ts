import type { Slot, ViewStore } from '../ports/view-store.js';
import { indexName } from '../slot/names.js';

/** Members of an index that are read at once. */
const PAGE = 500;

/** The index of streams that stand parked, of whatever kind. */
export const PARKED = 'parked';

/** A member of an index, and which of two slots have it there at that score. */
export interface Listed {
  member: string;
  in: 'both' | 'old' | 'new';
}

interface Row {
  score: number;
  member: string;
}

/** All members of an index, the highest score first; page by page, so not of one moment. */
export async function* membersOf(
  store: Pick<ViewStore, 'read'>,
  slot: Slot,
  index: string,
): AsyncGenerator<Row, undefined> {
  let before: Row | undefined;
  do {
    const cursor = before === undefined ? {} : { before };
    const { results } = await store.read(slot, [
      { kind: 'ranked', name: indexName(index), limit: PAGE, ...cursor },
    ]);
    const rows = results[0];
    yield* rows;
    before = rows.length < PAGE ? undefined : rows.at(-1);
  } while (before !== undefined);
  return undefined;
}

/** Negative when `a` stands before `b`; members are IDs, which order by their characters. */
function order(a: Row, b: Row): number {
  if (a.score !== b.score) return b.score - a.score;
  if (a.member === b.member) return 0;
  return a.member > b.member ? -1 : 1;
}

/** Which of two rows comes first, or that they are one. */
function sideOf(a: Row | undefined, b: Row | undefined): Listed['in'] {
  if (a === undefined) return 'new';
  if (b === undefined) return 'old';
  const sign = order(a, b);
  if (sign === 0) return 'both';
  return sign < 0 ? 'old' : 'new';
}

/** The members of an index of two slots, merged: one that stands elsewhere in the new one comes twice. */
export async function* listedInEither(
  store: Pick<ViewStore, 'read'>,
  old: Slot,
  fresh: Slot,
  index: string,
): AsyncGenerator<Listed> {
  const [left, right] = [membersOf(store, old, index), membersOf(store, fresh, index)];
  let a = (await left.next()).value;
  let b = (await right.next()).value;
  for (;;) {
    const side = sideOf(a, b);
    const row = side === 'new' ? b : a;
    if (row === undefined) return;
    yield { member: row.member, in: side };
    if (side !== 'new') a = (await left.next()).value;
    if (side !== 'old') b = (await right.next()).value;
  }
}
