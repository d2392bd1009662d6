import type { Read, ReadResults, ResultsOf, Snapshot } from '@refold/pipeline';

/** Whether one MGET answers all reads: the usual case, and the cheapest. */
export const onlyTexts = (reads: readonly Read[]): boolean =>
  reads.every(({ kind }) => kind === 'get');

/** The checkpoint and what is read, as keys. */
export const readKeys = (prefix: string, reads: readonly Read[]): string[] => {
  const keys = [`${prefix}checkpoint`];
  for (const { name } of reads) keys.push(prefix + name);
  return keys;
};

/** The arguments of `read.lua` for EVALSHA. */
export function readArguments(digest: string, prefix: string, reads: readonly Read[]): string[] {
  const args = [digest, String(reads.length + 1), ...readKeys(prefix, reads)];
  for (const read of reads) {
    args.push(read.kind);
    if (read.kind === 'field') args.push(read.field);
    if (read.kind !== 'ranked') continue;
    args.push(String(read.limit), read.before === undefined ? '0' : '1');
    if (read.before !== undefined) args.push(String(read.before.score), read.before.member);
  }
  return args;
}

/** The answer of MGET or `read.lua`: the checkpoint, then one element per read. */
export function snapshotOf<R extends readonly Read[]>(reads: R, answer: unknown): Snapshot<R> {
  const [checkpoint, ...found] = answer as [string | null, ...unknown[]];
  const results = reads.map((read, at) => resultOf(read, found[at])) as ResultsOf<R>;
  return { checkpoint, results };
}

function resultOf(read: Read, found: unknown): ReadResults[Read['kind']] {
  switch (read.kind) {
    case 'get':
    case 'field':
      return found as string | null;
    case 'list':
      return found as string[];
    case 'fields':
      return new Map(inPairs(found as string[]));
    case 'ranked':
      return inPairs(found as string[]).map(([member, score]) => ({
        member,
        score: Number(score),
      }));
  }
}

function inPairs(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    pairs.push([flat[at] as string, flat[at + 1] as string]);
  }
  return pairs;
}
