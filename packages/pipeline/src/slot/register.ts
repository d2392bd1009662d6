/**
 * The register of accepted identities of one stream: identity → seq, exact for the stream's life,
 * never loaded whole. Segment `s` holds the seqs of `[512·(2^s - 1) + 1, 512·(2^(s+1) - 1)]` in 2^s
 * buckets chosen by the first bits of the identity, so a bucket has about 512 entries and a lookup in a
 * stream of n events reads log2(n/512) + 1 buckets. Nothing ever moves between buckets.
 */
const SEGMENT_UNIT = 512;
const SEGMENT_MAX = 18;
const IDENTITY_LENGTH = 22;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Value of a base64url digit by its character code. */
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(0, ALPHABET.indexOf(String.fromCharCode(code))),
);

/** The segment a sequence number belongs to. */
export function segmentOf(seq: number): number {
  if (seq <= SEGMENT_UNIT) return 0;
  return Math.min(SEGMENT_MAX, Math.floor(Math.log2((seq - 1) / SEGMENT_UNIT + 1)));
}

const digitAt = (identity: string, at: number): number => DIGITS[identity.charCodeAt(at)] ?? 0;

const leadingBits = (identity: string): number =>
  (digitAt(identity, 0) << 12) | (digitAt(identity, 1) << 6) | digitAt(identity, 2);

/** A bucket of the register as a number: those of segment `s` are `2^s - 1` to `2^(s+1) - 2`. */
export type Bucket = number;

/** The bucket of an identity within a segment. */
export const bucketOf = (segment: number, identity: string): Bucket =>
  2 ** segment - 1 + (leadingBits(identity) >> (SEGMENT_MAX - segment));

/** A bucket as it appears in key names: `segment.place`. */
export function bucketName(bucket: Bucket): string {
  const segment = 31 - Math.clz32(bucket + 1);
  return `${segment}.${bucket + 1 - 2 ** segment}`;
}

/** Every bucket in which an identity may stand, in a stream whose last seq is `seq`. */
export function bucketsOf(seq: number, identity: string): Bucket[] {
  const buckets: Bucket[] = [];
  const last = seq > 0 ? segmentOf(seq) : -1;
  for (let segment = 0; segment <= last; segment++) buckets.push(bucketOf(segment, identity));
  return buckets;
}

/** One stretch of a bucket element: contiguous seqs from `seq` on. */
export interface RegisterRun {
  seq: number;
  identities: string;
  count: number;
}

/** Adds an entry to the runs of one commit. */
export function addToRuns(runs: RegisterRun[], seq: number, identity: string): void {
  const last = runs.at(-1);
  if (last !== undefined && last.seq + last.count === seq) {
    last.identities += identity;
    last.count += 1;
  } else {
    runs.push({ seq, identities: identity, count: 1 });
  }
}

/** The element a commit appends to a bucket: `seq in base 36:identities…`, runs joined by commas. */
export const encodeRuns = (runs: readonly RegisterRun[]): string =>
  runs.map((run) => `${run.seq.toString(36)}:${run.identities}`).join(',');

/** Reads the elements of a bucket into a map identity → seq. */
export function decodeBucket(elements: readonly string[]): Map<string, number> {
  const entries = new Map<string, number>();
  for (const element of elements) {
    for (const run of element.split(',')) {
      const colon = run.indexOf(':');
      let seq = Number.parseInt(run.slice(0, colon), 36);
      for (let at = colon + 1; at < run.length; at += IDENTITY_LENGTH) {
        entries.set(run.slice(at, at + IDENTITY_LENGTH), seq);
        seq += 1;
      }
    }
  }
  return entries;
}
