import { z } from 'zod';
import { count } from './members.js';

const offset = count.nullable();

/** `GET /internal/v1/projections/:projection/generations` */
export const generationsReply = z.object({
  projection: z.string(),
  generations: z.array(
    z.object({
      generation: count,
      /**
       * - `building`: was live nowhere yet, and is folded aside.
       * - `built`: the same, and near enough to the live one that a swap may be made: `behind` is at most 1,000 of every partition.
       * - `live`: readers are given it, on some partition at least.
       * - `retired`: was live, is folded on, and may become live again.
       * - `dropping`: its read models are being removed.
       */
      state: z.enum(['building', 'built', 'live', 'retired', 'dropping']),
      /** Null: those that its partitions say. */
      views: z.string().nullable(),
      /** Share of the time that folding it aside may take. */
      share: z.number(),
      /** Who asked for it last; null for the first one. */
      operation_id: z.string().nullable(),
      partitions: z.array(
        z.object({
          partition: count,
          /** Readers are given this generation of the partition. */
          live: z.boolean(),
          role: z.enum(['live', 'aside', 'sealed', 'dropped']).nullable(),
          next: offset,
          /** Offsets that it is behind the live one; null where either is not folded. */
          behind: count.nullable(),
          views: z.string(),
          /** Streams that were carried over, because the log no longer has their beginning: they keep their views. */
          carried: count,
        }),
      ),
    }),
  ),
  /** The swap that is under way; null: there is none. */
  swap: z.object({ operation_id: z.string(), to: count, partitions: z.array(count) }).nullable(),
});
export type GenerationsReply = z.infer<typeof generationsReply>;

const text = z.string().nullable();

const fieldChange = z.object({ field: z.string(), old: text, new: text });

const side = z.object({
  generation: count,
  next: offset,
  views: z.string(),
  /** Claims that are skipped, and whose streams are still to be folded again without them. */
  skips: count,
  /** Streams that the log no longer has the beginning of are still to be carried over into it. */
  carrying: z.boolean(),
});

const differing = {
  /** Streams that were compared. */
  streams: count,
  added: count,
  removed: count,
  changed: count,
  /** Streams that the new one has carried over: no view of it has folded them anew. */
  carried: count,
  /** Streams that never stood where they could be compared. */
  unsettled: count,
  differing_verdicts: count,
};

/** Why a swap to the generation would be refused: in one word, and in a sentence that says what to do. */
const gateRefusal = z.looseObject({
  partition: count.nullable(),
  reason: z.string(),
  message: z.string(),
});

/** `GET /internal/v1/projections/:projection/generations/:generation/diff` */
export const diffReply = z.object({
  projection: z.string(),
  generation: count,
  /** What accepts these kinds of differences; null: more kinds differ than can be looked at. */
  digest: z.string().nullable(),
  ...differing,
  /** How many streams differ in which kind of field. */
  fields: z.array(z.object({ field: z.string(), streams: count })),
  /** More kinds of fields differ than are counted. */
  fields_left_out: z.boolean(),
  partitions: z.array(
    z.object({
      partition: count,
      old: side,
      new: side,
      ...differing,
      /** Sums over the streams that were compared. */
      counters: z.array(z.object({ counter: z.string(), old: z.int(), new: z.int() })),
      /** Counters that differ besides those that are listed. */
      counters_left_out: count,
      unsettled_streams: z.array(z.string()),
    }),
  ),
  samples: z.array(
    z.object({
      change: z.enum(['added', 'removed', 'changed']),
      partition: count,
      stream: z.string(),
      fields: z.array(fieldChange),
      /** Fields of it that differ besides those that are listed. */
      fields_left_out: count,
    }),
  ),
  /** Streams that differ besides those that are shown. */
  samples_left_out: count,
  /** Verdicts, sequence numbers and chain hashes that are other ones. */
  verdicts: z.array(
    z.object({ partition: count, stream: text, field: z.string(), old: text, new: text }),
  ),
  /** Verdicts that differ besides those that are shown. */
  verdicts_left_out: count,
  /** Empty: a swap that accepts the digest is let through. */
  refusals: z.array(gateRefusal),
});
export type DiffReply = z.infer<typeof diffReply>;
