import type { ViewStore, Writes } from '../ports/view-store.js';
import { noWrites } from '../ports/view-store.js';
import type { Projection } from '../projection.js';
import { pointerSlot } from './pointer.js';
import type { Before, Generation, Pointer, PointerResult, Swap } from './pointer.js';

/** Partition → live generation; a partition that is left out has the first one. */
const LIVE = 'live';
/** Partition → {@link Before}. */
const BEFORE = 'before';
/** Number → {@link Generation}. */
const GENERATIONS = 'generations';
/** The highest number that was ever given. */
const LAST = 'last-generation';
/** The swap that is under way. */
const SWAP = 'swap';
/** Operation → `[order, result]`. */
const DONE = 'done';

/** Results that are kept. */
const DONE_MAX = 64;

/** Share of the time for a generation that nobody gave one. */
export const SHARE = 0.5;

const FORMAT = '1';

/** A pointer that this build cannot read: another build wrote it. */
export class PointerUnreadable extends Error {
  override readonly name = 'PointerUnreadable';
}

/** The fence of the pointer as the store keeps it. */
export const encodeFence = (commitId: string): string => `pointer|${FORMAT}|${commitId}`;

function checkFence(text: string): void {
  const [name, format, commitId] = text.split('|');
  if (name === 'pointer' && format === FORMAT && commitId) return;
  throw new PointerUnreadable(
    `the pointer of generations is in format "${format}", expected ${FORMAT}: deploy the build that wrote it`,
  );
}

type StoredDone = [order: number, result: PointerResult];

function doneOf(fields: ReadonlyMap<string, string>): Map<string, PointerResult> {
  const stored = [...fields].map(([operation, text]): [string, StoredDone] => [
    operation,
    JSON.parse(text) as StoredDone,
  ]);
  stored.sort(([, [a]], [, [b]]) => a - b);
  return new Map(stored.map(([operation, [, result]]) => [operation, result]));
}

const byNumber = <T>(fields: ReadonlyMap<string, string>, valueOf: (text: string) => T) =>
  new Map(
    [...fields]
      .map(([key, text]): [number, T] => [Number(key), valueOf(text)])
      .sort(([a], [b]) => a - b),
  );

/** The live generation of every partition, and the fence they stand under: all that a reader asks for. */
export async function readLive(
  store: Pick<ViewStore, 'read'>,
  projection: Pick<Projection, 'name' | 'generation' | 'partitions'>,
): Promise<{ text: string | null; live: number[] }> {
  const { generation: first } = projection;
  const partitions = Array.from({ length: projection.partitions }, (_, partition) => partition);
  const { checkpoint: text, results } = await store.read(
    pointerSlot(projection),
    partitions.map(
      (partition) => ({ kind: 'field', name: LIVE, field: String(partition) }) as const,
    ),
  );
  if (text !== null) checkFence(text);
  return { text, live: partitions.map((partition) => Number(results[partition] ?? first)) };
}

/** Reads the pointer of a projection, all of it at one moment. @throws PointerUnreadable */
export async function readPointer(
  store: Pick<ViewStore, 'read'>,
  { name, generation: first }: Pick<Projection, 'name' | 'generation'>,
): Promise<Pointer> {
  const { checkpoint: text, results } = await store.read(pointerSlot({ name }), [
    { kind: 'fields', name: LIVE },
    { kind: 'fields', name: BEFORE },
    { kind: 'fields', name: GENERATIONS },
    { kind: 'get', name: LAST },
    { kind: 'get', name: SWAP },
    { kind: 'fields', name: DONE },
  ]);
  if (text === null) return untouched(first);
  checkFence(text);
  const [live, before, generations, last, swap, done] = results;
  return {
    text,
    first,
    live: byNumber(live, Number),
    before: byNumber(before, (one) => JSON.parse(one) as Before),
    generations: byNumber(generations, (one) => JSON.parse(one) as Generation),
    last: Number(last ?? first),
    swap: swap === null ? null : (JSON.parse(swap) as Swap),
    done: doneOf(done),
  };
}

const untouched = (first: number): Pointer => ({
  text: null,
  first,
  live: new Map(),
  before: new Map(),
  generations: new Map([[first, { views: null, state: 'live', share: SHARE, operation: null }]]),
  last: first,
  swap: null,
  done: new Map(),
});

/** What makes a stored pointer the next one. The oldest results beyond the bound are forgotten. */
export function pointerWrites(from: Pointer, to: Pointer): Writes {
  const writes = noWrites();
  for (const [partition, generation] of to.live) {
    writes.putField.push([LIVE, String(partition), String(generation)]);
  }
  for (const [partition, before] of to.before) {
    writes.putField.push([BEFORE, String(partition), JSON.stringify(before)]);
  }
  for (const [number, generation] of to.generations) {
    writes.putField.push([GENERATIONS, String(number), JSON.stringify(generation)]);
  }
  for (const number of from.generations.keys()) {
    if (!to.generations.has(number)) writes.dropField.push([GENERATIONS, String(number)]);
  }
  writes.set.push([LAST, String(to.last)]);
  if (to.swap === null) writes.remove.push(SWAP);
  else writes.set.push([SWAP, JSON.stringify(to.swap)]);
  const kept = [...to.done].slice(-DONE_MAX);
  const names = new Set(kept.map(([operation]) => operation));
  for (const operation of from.done.keys()) {
    if (!names.has(operation)) writes.dropField.push([DONE, operation]);
  }
  kept.forEach(([operation, result], order) => {
    writes.putField.push([DONE, operation, JSON.stringify([order, result])]);
  });
  return writes;
}
