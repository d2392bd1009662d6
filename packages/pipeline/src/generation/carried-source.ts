import { parseSubject } from '@refold/contracts';
import type { StreamKind } from '@refold/contracts';
import { PARKED, membersOf } from '../diff/listed-streams.js';
import type { Offset } from '../ports/event-log.js';
import type { Read, ReadResults, Slot, ViewStore } from '../ports/view-store.js';
import { SlotMoved } from '../project/load-batch.js';
import { decodeCheckpoint } from '../slot/checkpoint.js';
import type { Checkpoint } from '../slot/checkpoint.js';
import * as names from '../slot/names.js';
import { RefusalLog } from '../slot/refusals.js';
import { SkipLog } from '../slot/skip-log.js';
import { decodeDocument } from '../slot/stream-document.js';
import type { StreamDocument } from '../slot/stream-document.js';

/** Documents that are read at once. */
const READS_MAX = 500;

/** Documents of streams in the live generation, all of one moment. */
export interface CarriedLook {
  checkpoint: Checkpoint;
  /** Streams that were asked for. */
  asked: ReadonlySet<string>;
  documents: Map<string, StreamDocument>;
  /** Another one after each task that has changed anything; null: one is carried out. */
  tasks: string | null;
}

/** Beside them, everything that was refused or is left out. */
export interface CarriedMoment extends CarriedLook {
  refusals: RefusalLog;
  skips: SkipLog;
}

/** The slot that streams are carried over from: read, and never written. */
export class CarriedSource {
  readonly slot: Slot;
  readonly #store: Pick<ViewStore, 'read'>;

  constructor(store: Pick<ViewStore, 'read'>, slot: Slot) {
    this.#store = store;
    this.slot = slot;
  }

  /** @throws SlotMoved where it was not begun. */
  async at(
    reads: Read[],
  ): Promise<{ checkpoint: Checkpoint; results: ReadResults[Read['kind']][] }> {
    const { checkpoint, results } = await this.#store.read(this.slot, reads);
    if (checkpoint === null) throw new SlotMoved('the live generation has nothing to carry over');
    return { checkpoint: decodeCheckpoint(checkpoint), results };
  }

  /** What it says of these streams, and of everything that was refused or is left out. */
  async moment(subjects: readonly string[]): Promise<CarriedMoment> {
    const { checkpoint, results } = await this.at([
      { kind: 'fields', name: names.REFUSALS },
      { kind: 'fields', name: names.SKIPS },
      ...lookAt(subjects),
    ]);
    const [refusals, skips, ...found] = results;
    return {
      ...lookOf(checkpoint, subjects, found as (string | null)[]),
      refusals: RefusalLog.load(refusals as Map<string, string>),
      skips: SkipLog.load(skips as Map<string, string>),
    };
  }

  /** What it says of these streams. */
  async look(subjects: readonly string[]): Promise<CarriedLook> {
    const { checkpoint, results } = await this.at(lookAt(subjects));
    return lookOf(checkpoint, subjects, results as (string | null)[]);
  }

  /** The documents of streams, as far as the slot has passed `end`. @throws SlotMoved when it has not. */
  async documents(subjects: readonly string[], end: Offset): Promise<Map<string, StreamDocument>> {
    const found = new Map<string, StreamDocument>();
    for (let at = 0; at < subjects.length; at += READS_MAX) {
      const page = subjects.slice(at, at + READS_MAX);
      const { checkpoint, results } = await this.at(
        page.map((subject) => ({ kind: 'get', name: names.documentName(subject) })),
      );
      if (checkpoint.next < end) throw new SlotMoved('the live generation is behind');
      for (const one of documentsOf(page, results as (string | null)[])) found.set(...one);
    }
    return found;
  }

  /**
   * All streams that it had when this was called, and those that stand parked. Nothing moves in these lists as long as
   * none of its claims is folded.
   */
  async *streams(kinds: readonly StreamKind[]): AsyncGenerator<string> {
    for (const kind of kinds) {
      for (const index of [names.listOf(kind), names.unlistedOf(kind), PARKED]) {
        for await (const { member } of membersOf(this.#store, this.slot, index)) {
          const subject = `${kind}/${member}`;
          if (parseSubject(subject) !== null) yield subject;
        }
      }
    }
  }
}

const lookAt = (subjects: readonly string[]): Read[] =>
  [names.REFOLD, names.REFOLD_STATE, ...subjects.map(names.documentName)].map((name) => ({
    kind: 'get',
    name,
  }));

function lookOf(
  checkpoint: Checkpoint,
  subjects: readonly string[],
  [task = null, state = null, ...texts]: readonly (string | null)[],
): CarriedLook {
  const tasks = task === null ? (state ?? '') : null;
  return { checkpoint, asked: new Set(subjects), documents: documentsOf(subjects, texts), tasks };
}

function documentsOf(
  subjects: readonly string[],
  texts: readonly (string | null)[],
): Map<string, StreamDocument> {
  const found = new Map<string, StreamDocument>();
  for (const [at, subject] of subjects.entries()) {
    const text = texts[at] ?? null;
    if (text !== null) found.set(subject, decodeDocument(text));
  }
  return found;
}
