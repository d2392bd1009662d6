import type { OneTimeUses } from '@refold/pipeline';

/** One-time uses of one process; lapsed ones are dropped when their ID comes again. */
export function createMemoryOneTimeUses(clock: () => number): OneTimeUses {
  const until = new Map<string, number>();
  return {
    async use(id, expiresAtMs) {
      const known = until.get(id);
      if (known !== undefined && known > clock()) return false;
      until.set(id, expiresAtMs);
      return true;
    },
  };
}
