/**
 * The smallest honest projector: one commit per batch, which lists what it folded and counts it. The
 * checkpoint is the next offset. `onCommit` is told the partition, the next offset and the count.
 */
export function foldInto(store, onCommit) {
  const slotOf = (partition) => ({ projection: 'runs', generation: 1, partition });
  return {
    async assigned(_topic, partition) {
      const { checkpoint } = await store.read(slotOf(partition), []);
      return Number(checkpoint ?? 0);
    },
    async batch({ partition, from, next, records }) {
      const expected = from === 0 ? null : String(from);
      const writes = {
        set: records.map(({ offset, value }) => [`doc:${offset % 1000}`, value]),
        push: records.map(({ value }) => ['timeline', value]),
        putField: [],
        dropField: [],
        rank: records.map(({ offset }) => ['by-offset', `run-${offset % 1000}`, offset]),
        unrank: [],
        count: [['folded', records.length]],
        remove: [],
      };
      // The port wants each name at most once per kind of write.
      writes.set = [...new Map(writes.set)];
      writes.rank = [...new Map(writes.rank.map((one) => [one[1], one])).values()];
      const { outcome } = await store.commit(slotOf(partition), expected, String(next), writes, []);
      if (outcome !== 'committed') throw new Error(`partition ${partition} at ${from}: ${outcome}`);
      onCommit(partition, next, records.length);
      return next;
    },
    async revoked() {},
    stopped(_topic, partition, error) {
      throw new Error(`partition ${partition} stopped`, { cause: error });
    },
  };
}
