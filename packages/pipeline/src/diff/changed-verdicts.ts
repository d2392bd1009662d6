import { chainHash, CHAIN_START } from '@refold/domain';
import { valueText } from '../differing-places.js';
import type { TimelineEvent } from '../slot/timeline.js';
import type { StreamSide } from './stream-side.js';
import type { VerdictChange } from './generation-diff.js';

type Change = Pick<VerdictChange, 'field' | 'old' | 'new'>;

const COMPARED = ['seq', 'chain', 'status', 'owner', 'createdAt', 'updatedAt'] as const;

/** The offset of the first claim that is not decided; null: all are. */
const undecidedFrom = ({ document }: StreamSide): number | null => document?.parked?.offset ?? null;

/** The chain over the events of a timeline up to a seq. */
export interface TimelineChain {
  chain: string;
  /** Less than what was asked for where the timeline ends before. */
  seq: number;
}

/** The chain over the first `seq` events of a timeline, as far as they are there. */
export async function chainAt(
  events: AsyncIterable<TimelineEvent>,
  seq: number,
): Promise<TimelineChain> {
  let chain = CHAIN_START;
  let last = 0;
  if (seq === 0) return { chain, seq };
  for await (const event of events) {
    chain = chainHash(
      chain,
      event.seq,
      event.type,
      event.idempotencyKey,
      JSON.stringify(event.data),
    );
    last = event.seq;
    if (last === seq) break;
  }
  return { chain, seq: last };
}

const change = (field: string, a: unknown, b: unknown): Change => ({
  field,
  old: valueText(a),
  new: valueText(b),
});

/**
 * What a new build of a stream decides otherwise. A claim that the old one did not decide, because the stream stood
 * parked, may be decided now; what it decided before that claim may not differ.
 * @param chainOf The chain over so many events of the new build, from the first one on.
 */
export async function changedVerdicts(
  old: StreamSide,
  fresh: StreamSide,
  chainOf: (seq: number) => Promise<TimelineChain>,
): Promise<Change[]> {
  const [from, until] = [undecidedFrom(old), undecidedFrom(fresh)];
  if (until !== null && (from === null || until < from)) {
    return [change('/parked', old.document?.parked?.offset, until)];
  }
  if (from !== null && from !== until) return changedBefore(old, fresh, chainOf);
  const [a, b] = [old.document?.state ?? null, fresh.document?.state ?? null];
  if (a === null || b === null)
    return a === b ? [] : [change('/state', a ?? undefined, b ?? undefined)];
  const changed = COMPARED.flatMap((member) => {
    const [is, ought] = [valueText(a[member]), valueText(b[member])];
    return is === ought ? [] : [{ field: `/state/${member}`, old: is, new: ought }];
  });
  const [next, freshNext] = [old.document?.next, fresh.document?.next];
  return next === freshNext ? changed : [...changed, change('/next', next, freshNext)];
}

/** The old build stands parked, and the new one goes further. */
async function changedBefore(
  old: StreamSide,
  fresh: StreamSide,
  chainOf: (seq: number) => Promise<TimelineChain>,
): Promise<Change[]> {
  const state = old.document?.state ?? null;
  if (state === null) return [];
  const read = await chainOf(state.seq);
  const chain = read.seq === state.seq ? read.chain : `no event ${read.seq + 1}`;
  if (chain === state.chain) return [];
  const seq = fresh.document?.state?.seq ?? 0;
  return seq < state.seq
    ? [change('/state/seq', state.seq, seq)]
    : [change('/state/chain', state.chain, chain)];
}
