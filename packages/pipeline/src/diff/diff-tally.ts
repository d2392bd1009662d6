import type { SlotSide } from './slot-sides.js';
import { COUNTERS_MAX, FIELDS_MAX, PLACES_MAX, VALUE_LENGTH_MAX } from './generation-diff.js';
import type {
  CounterChange,
  PartitionDiff,
  StreamChange,
  VerdictChange,
} from './generation-diff.js';
import { placeOf } from './changed-fields.js';

const cut = (text: string | null): string | null => text?.slice(0, VALUE_LENGTH_MAX) ?? null;

/** The diff of one partition while it is made. Counts are of all, lists are bounded. */
export class DiffTally {
  readonly diff: PartitionDiff;
  readonly #samplesMax: number;
  /** Sums of counters over the streams that were compared. */
  readonly #old = new Map<string, number>();
  readonly #new = new Map<string, number>();

  /** @param samplesMax Streams that are shown, and verdicts. */
  constructor(partition: number, samplesMax: number) {
    this.#samplesMax = samplesMax;
    const side = { generation: 0, next: null, views: '', skips: 0, carrying: false };
    this.diff = {
      partition,
      old: side,
      new: side,
      ...{ streams: 0, added: 0, removed: 0, changed: 0, carried: 0 },
      ...{ unsettled: 0, unsettledStreams: [], hasManyParked: false },
      ...{ places: new Map(), placesLeftOut: false },
      ...{ counters: [], countersLeftOut: 0 },
      samples: [],
      ...{ differingVerdicts: 0, verdicts: [] },
    };
  }

  stream(sample: Omit<StreamChange, 'partition'>, places: Iterable<string>): void {
    this.diff[sample.change] += 1;
    for (const place of places) this.#place(place);
    if (this.diff.samples.length < this.#samplesMax) {
      this.diff.samples.push({ partition: this.diff.partition, ...sample });
    }
  }

  unsettled(stream: string): void {
    this.diff.unsettled += 1;
    if (this.diff.unsettledStreams.length < FIELDS_MAX) this.diff.unsettledStreams.push(stream);
  }

  verdict({ stream, field, old, new: fresh }: Omit<VerdictChange, 'partition'>): void {
    const { partition } = this.diff;
    this.diff.differingVerdicts += 1;
    if (this.diff.verdicts.length >= this.#samplesMax) return;
    this.diff.verdicts.push({ partition, stream, field, old: cut(old), new: cut(fresh) });
  }

  /** What a stream adds to counters on either side: their sums differ by what streams differ. */
  counts(old: ReadonlyMap<string, number>, fresh: ReadonlyMap<string, number>): void {
    for (const [sums, counts] of [
      [this.#old, old],
      [this.#new, fresh],
    ] as const) {
      for (const [counter, amount] of counts) {
        sums.set(counter, (sums.get(counter) ?? 0) + amount);
      }
    }
  }

  done(old: Pick<SlotSide, 'side'>, fresh: Pick<SlotSide, 'side'>): PartitionDiff {
    this.diff.old = old.side();
    this.diff.new = fresh.side();
    this.#compareCounters();
    return this.diff;
  }

  #compareCounters(): void {
    const changes: CounterChange[] = [];
    for (const counter of new Set([...this.#old.keys(), ...this.#new.keys()])) {
      const [is, ought] = [this.#old.get(counter) ?? 0, this.#new.get(counter) ?? 0];
      if (is === ought) continue;
      this.#place(placeOf(`/counters/${counter}`));
      if (changes.length >= COUNTERS_MAX) this.diff.countersLeftOut += 1;
      else changes.push({ counter, old: is, new: ought });
    }
    this.diff.counters = changes.sort((a, b) => (a.counter < b.counter ? -1 : 1));
  }

  #place(place: string): void {
    const { places } = this.diff;
    const known = places.get(place);
    if (known === undefined && places.size >= PLACES_MAX) this.diff.placesLeftOut = true;
    else places.set(place, (known ?? 0) + 1);
  }
}
