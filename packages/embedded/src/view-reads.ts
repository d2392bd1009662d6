import { slotTag } from '@refold/pipeline';
import type { Read, ReadResults, ResultsOf, Slot, Snapshot } from '@refold/pipeline';
import type { Transaction } from 'lmdb';
import type { Environment } from './environment.js';
import { keyOf, keysBelow, lastPartOf, sortable, unsorted } from './keys.js';
import { BY_SCORE, parseCheckpoint } from './view-writes.js';

/** Every answer and the checkpoint, from one read transaction. */
export function readSnapshot<const R extends readonly Read[]>(
  environment: Environment,
  slot: Slot,
  reads: R,
): Snapshot<R> {
  const tag = slotTag(slot);
  return environment.snapshot((transaction) => {
    const { checkpoint } = parseCheckpoint(environment.views.get(keyOf(tag), { transaction }));
    const results = reads.map((read) => answer(environment, tag, read, transaction));
    return { checkpoint, results: results as ResultsOf<R> };
  });
}

function answer(
  { views }: Environment,
  tag: string,
  read: Read,
  transaction: Transaction,
): ReadResults[Read['kind']] {
  switch (read.kind) {
    case 'get':
      return views.get(keyOf(tag, read.name), { transaction }) ?? null;
    case 'field':
      return views.get(keyOf(tag, read.name, read.field), { transaction }) ?? null;
    case 'list': {
      const range = views.getRange({ ...keysBelow(tag, read.name), transaction });
      return [...range].map(({ value }) => value);
    }
    case 'fields': {
      const range = views.getRange({ ...keysBelow(tag, read.name), transaction });
      return new Map([...range].map(({ key, value }) => [lastPartOf(key), value]));
    }
    case 'ranked':
      return ranked(views, tag, read, transaction);
  }
}

function ranked(
  views: Environment['views'],
  tag: string,
  { name, before, limit }: Extract<Read, { kind: 'ranked' }>,
  transaction: Transaction,
): ReadResults['ranked'] {
  if (limit <= 0) return [];
  const all = keysBelow(tag, name, BY_SCORE);
  const from =
    before === undefined
      ? all.end
      : keyOf(tag, name, BY_SCORE, sortable(before.score), before.member);
  const range = views.getKeys({
    start: from,
    end: all.start,
    reverse: true,
    exclusiveStart: true,
    limit,
    transaction,
  });
  return [...range].map((key) => {
    const member = lastPartOf(key);
    return { member, score: unsorted(scorePartOf(key)) };
  });
}

/** The part before the last one. */
function scorePartOf(key: Uint8Array): string {
  const end = key.lastIndexOf(0);
  const start = key.lastIndexOf(0, end - 1) + 1;
  return Buffer.from(key.buffer, key.byteOffset + start, end - start).toString();
}
