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

const DIGIT = new Map([...ALPHABET].map((letter, digit) => [letter, digit]));

/** The segment a sequence number belongs to. */
export function segmentOf(seq: number): number {
  if (seq <= SEGMENT_UNIT) return 0;
  return Math.min(SEGMENT_MAX, Math.floor(Math.log2((seq - 1) / SEGMENT_UNIT + 1)));
}

const leadingBits = (identity: string): number => {
  const [a, b, c] = [identity[0], identity[1], identity[2]].map((l) => DIGIT.get(l ?? '') ?? 0);
  return ((a ?? 0) << 12) | ((b ?? 0) << 6) | (c ?? 0);
};

/** The bucket of an identity within a segment, as it appears in key names: `segment.bucket`. */
export function bucketOf(segment: number, identity: string): string {
  if (segment === 0) return '0.0';
  return `${segment}.${leadingBits(identity) >> (SEGMENT_MAX - segment)}`;
}

/** Every bucket in which an identity may stand, in a stream whose last seq is `seq`. */
export function bucketsOf(seq: number, identity: string): string[] {
  const buckets: string[] = [];
  for (let segment = 0; seq > 0 && segment <= segmentOf(seq); segment++) {
    buckets.push(bucketOf(segment, identity));
  }
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
