import { createHash } from 'node:crypto';
import type { PartitionDiff } from './generation-diff.js';

/** Hex digits of the digest: enough to tell apart what one operator compares. */
const DIGITS = 16;

/**
 * What an operator accepts: which views stand in place of which, and every kind of difference. Numbers are no part
 * of it, so it stays the same while streams of the kinds that were looked at go on. Null: more kinds of fields
 * differ than can be looked at.
 */
export function digestOf(partitions: readonly PartitionDiff[]): string | null {
  if (partitions.some(({ placesLeftOut }) => placesLeftOut)) return null;
  const places = new Set(partitions.flatMap((one) => [...one.places.keys()]));
  const views = new Set(partitions.map((one) => `${one.old.views}>${one.new.views}`));
  const text = JSON.stringify([[...views].sort(), [...places].sort()]);
  return createHash('sha256').update(text).digest('hex').slice(0, DIGITS);
}

/** Whether there is anything to accept. */
export const hasDifferences = (partitions: readonly PartitionDiff[]): boolean =>
  partitions.some(({ places, placesLeftOut }) => places.size > 0 || placesLeftOut);
