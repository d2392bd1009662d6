import type { StreamKind, Verdict } from '@refold/contracts';
import type { KindViews, Rulebook } from '@refold/domain';
import { contentKey, contentOf } from '../fold/fold-context.js';
import type { Item, JudgedContent } from '../fold/fold-context.js';
import { foldCut } from '../fold/fold-cut.js';
import type { EventLog, LogRecord, Offset } from '../ports/event-log.js';
import type { Projection } from '../projection.js';
import { ClaimReader } from '../refold/claim-reader.js';
import { emptyStream, findAccepted } from '../slot/cached-stream.js';
import type { CachedStream } from '../slot/cached-stream.js';
import { SlotViews } from '../slot/carried-over.js';
import type { Checkpoint } from '../slot/checkpoint.js';
import { LetterLog } from '../slot/letter-log.js';
import { earliestOf, RefusalLog } from '../slot/refusals.js';
import { deciderAt } from '../slot/rules-history.js';
import type { RulesHistory } from '../slot/rules-history.js';
import type { SkipLog } from '../slot/skip-log.js';
import { SlotCache } from '../slot/slot-cache.js';

/** What a stream is judged with. */
export interface StreamJudgeWorld {
  log: EventLog;
  rulebook: Rulebook;
  projection: Projection;
  partition: number;
  views: KindViews;
}

/** Records of a partition, in log order and without a gap. */
export type DecodedRecord = Pick<Item, 'record' | 'decoded'>;

/** The time of the partition behind a record. The time stamp of an unfit one may be its producer's. */
const timeAfter = (time: number, { record }: DecodedRecord): number =>
  record.unfit === undefined ? Math.max(time, record.timestamp) : time;

/** Gives the verdicts on the records of one stream once more: the same fold, into a cache of its own. */
export class StreamJudge {
  readonly #world: StreamJudgeWorld;
  readonly #reader: ClaimReader;
  readonly #cache: SlotCache;
  readonly #stream: CachedStream;
  /** Offset of each event, by its seq, to read one again that an identity points at. */
  readonly #offsets: Offset[] = [];
  #isDoubtful = false;

  constructor(
    world: StreamJudgeWorld,
    beginning: Checkpoint,
    history: RulesHistory,
    skips: SkipLog,
    { kind, streamId }: { kind: StreamKind; streamId: string },
  ) {
    this.#world = world;
    this.#reader = new ClaimReader(world.log, world.projection, world.partition);
    const rules = { views: new SlotViews(world.views), history, skips };
    const refusals = new RefusalLog({
      met: () => (this.#isDoubtful = true),
      choose: (_subject, possible) => earliestOf(possible),
    });
    this.#cache = new SlotCache(beginning, null, refusals, new LetterLog(), rules);
    this.#stream = emptyStream(kind, streamId);
    this.#cache.put(this.#stream);
  }

  /**
   * A copy met a refusal so old that others may have taken its place, and what decides lies in other streams: the
   * verdicts of the last records that were judged, and of all behind them, are not sure.
   */
  get isDoubtful(): boolean {
    return this.#isDoubtful;
  }

  /** The version of the rules that judged, or would judge, what stands at an offset that was met. */
  deciderAt(offset: Offset): number {
    return deciderAt(this.#cache.history, offset);
  }

  /** The verdicts on the claims of the stream among these records, by offset. */
  async judge(found: readonly DecodedRecord[]): Promise<Map<Offset, Verdict>> {
    const items = this.#itemsOf(found);
    const { rulebook, projection, partition } = this.#world;
    const context = {
      projection,
      partition,
      rulebook,
      cache: this.#cache,
      items,
      committed: await this.#contents(items),
      accepted: { byIdentity: new Map<string, Item>(), indexed: 0 },
    };
    for (let at = 0; at < items.length;) {
      const folded = foldCut(context, items, at);
      if (folded.halt !== null) {
        throw new Error(`the record at ${folded.halt.offset} has ${folded.halt.what}`);
      }
      folded.cut.writes(folded.time);
      this.#cache.checkpoint.decider = folded.decider;
      at += folded.length;
    }
    this.#cache.time = found.reduce(timeAfter, this.#cache.time);
    const verdicts = new Map<Offset, Verdict>();
    for (const { record, decoded, verdict } of items) {
      if (decoded.kind !== 'claim' || verdict === null) continue;
      verdicts.set(record.offset, verdict);
      if (verdict.kind === 'accepted') this.#offsets.push(record.offset);
    }
    return verdicts;
  }

  /** Claims of the stream and changes of the rules, each at the time that the partition had there. */
  #itemsOf(found: readonly DecodedRecord[]): Item[] {
    let { time } = this.#cache;
    const items: Item[] = [];
    for (const one of found) {
      const { record, decoded } = one;
      time = timeAfter(time, one);
      if (!this.#isJudged(decoded)) continue;
      const at: LogRecord = { ...record, timestamp: time };
      const stream = decoded.kind === 'claim' ? this.#stream : null;
      items.push({ record: at, decoded, stream, judged: false, verdict: null });
    }
    return items;
  }

  #isJudged(decoded: Item['decoded']): boolean {
    if (decoded.kind === 'claim') return decoded.claim.subject === this.#stream.subject;
    return decoded.kind === 'rules';
  }

  /** The events that identities of these items point at, read from the log once more. */
  async #contents(items: readonly Item[]): Promise<Map<string, JudgedContent>> {
    const contents = new Map<string, JudgedContent>();
    for (const { decoded } of items) {
      if (decoded.kind !== 'claim') continue;
      const { identity, subject } = decoded.claim;
      const { transients } = this.#stream;
      const seq = findAccepted(this.#stream, identity) ?? transients.get(identity)?.seq;
      const offset = seq === undefined ? undefined : this.#offsets[seq - 1];
      if (seq === undefined || offset === undefined) continue;
      const key = contentKey(subject, seq);
      if (contents.has(key)) continue;
      contents.set(key, contentOf(await this.#reader.claimAt(offset), 0));
    }
    return contents;
  }
}
