import type { LogRecord } from '@refold/pipeline';
import type { Placed } from './acked-writer.js';

/** What a log holds of some claims, told from its bytes alone. */
export interface LogHistory {
  records: number;
  /** Acknowledged, and not on the log. */
  lost: string[];
  /** Not where the answer said. */
  misplaced: string[];
  /** More than once on the log, though sent once. */
  doubled: string[];
  /** More than once on the log, and sent more than once: the fold knows them by their identity. */
  copies: number;
  /** On the log before one of the same run that was sent earlier. */
  reordered: string[];
}

interface Told {
  acknowledged: readonly Placed[];
  /** The keys of each run in the order in which they were sent. */
  order: ReadonlyMap<string, readonly string[]>;
  repeated: ReadonlySet<string>;
}

/** Holds what was told against the records of each partition, from the first. */
export function historyOf(partitions: readonly (readonly LogRecord[])[], told: Told): LogHistory {
  const places = new Map<string, number[]>();
  const keyAt = new Map<string, string>();
  for (const [partition, records] of partitions.entries()) {
    for (const { offset, value } of records) {
      const { idempotencykey: key } = JSON.parse(value ?? '{}') as { idempotencykey?: string };
      if (key === undefined) continue;
      places.set(key, [...(places.get(key) ?? []), offset]);
      keyAt.set(`${partition}:${offset}`, key);
    }
  }
  const several = [...places].filter(([, offsets]) => offsets.length > 1).map(([key]) => key);
  const reordered: string[] = [];
  for (const keys of told.order.values()) {
    let last = -1;
    for (const key of keys) {
      const first = places.get(key)?.[0] ?? last;
      if (first < last) reordered.push(key);
      last = Math.max(last, first);
    }
  }
  return {
    records: keyAt.size,
    lost: told.acknowledged.filter(({ key }) => !places.has(key)).map(({ key }) => key),
    misplaced: told.acknowledged
      .filter(({ key, partition, offset }) => keyAt.get(`${partition}:${offset}`) !== key)
      .map(({ key }) => key),
    doubled: several.filter((key) => !told.repeated.has(key)),
    copies: several.filter((key) => told.repeated.has(key)).length,
    reordered,
  };
}
