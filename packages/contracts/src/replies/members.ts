import { z } from 'zod';

/** ISO 8601 in UTC with milliseconds. */
export const timeText = z.iso.datetime();

/** A time that may not have come yet. */
export const nullableTime = timeText.nullable();

/** A position token, see `formatPosition`. */
export const positionText = z.string();

/** A number of things; also offsets and versions. */
export const count = z.int().min(0);

/** How far what was read can be trusted to be the present. */
export const freshnessSchema = z.object({
  /**
   * `current`: folded up to the position. `parked`: the stream stands still at a record whose fold
   * failed. `rebuilding`: it is being folded anew and answers as before meanwhile.
   */
  state: z.enum(['current', 'parked', 'rebuilding']),
  /** Append time of the last record that was folded on the stream's partition. */
  as_of: nullableTime,
});

export type Freshness = z.infer<typeof freshnessSchema>;

/** What every read model's reply carries. */
export const readMembers = { position: positionText, freshness: freshnessSchema };

/** Cursor pages: `next_cursor` is null on the last one. */
export const pageMembers = { next_cursor: z.string().nullable() };

/** Any JSON, as it was sent. */
export const jsonValue = z.json();
