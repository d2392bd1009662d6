import type { ViewStore } from '@refold/pipeline';

/**
 * The same store, with every commit reported: its projection, milliseconds, and what came of it.
 * Commits that reject are not reported.
 */
export function timedStore(
  store: ViewStore,
  nowMs: () => number,
  report: (projection: string, ms: number, outcome: 'committed' | 'stale') => void,
): ViewStore {
  return {
    check: () => store.check(),
    pin: (projection, fact, value) => store.pin(projection, fact, value),
    read: (slot, reads) => store.read(slot, reads),
    async commit(slot, expected, next, writes, notices) {
      const began = nowMs();
      const answer = await store.commit(slot, expected, next, writes, notices);
      report(slot.projection, nowMs() - began, answer.outcome);
      return answer;
    },
    listen: (channel, listener) => store.listen(channel, listener),
    ping: () => store.ping(),
    close: () => store.close(),
  };
}
