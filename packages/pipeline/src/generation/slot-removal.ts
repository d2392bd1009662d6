import { subjectOf } from '@refold/contracts';
import type { StreamKind } from '@refold/contracts';
import { emitDifference, entriesOf } from '../fold/touched-stream.js';
import type { Offset } from '../ports/event-log.js';
import { noWrites } from '../ports/view-store.js';
import { SlotMoved } from '../project/load-batch.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { ClaimReader } from '../refold/claim-reader.js';
import { encodeRetired, retiredField, retiredKeys } from '../refold/retired-keys.js';
import { readDocument } from '../refold/stored-document.js';
import { emptyStream } from '../slot/cached-stream.js';
import { decodeCarriedOver, slotViews } from '../slot/carried-over.js';
import type { CarriedOver, SlotViews } from '../slot/carried-over.js';
import { decodeCheckpoint, encodeCheckpoint } from '../slot/checkpoint.js';
import type { Checkpoint } from '../slot/checkpoint.js';
import type { DeadLetter } from '../slot/dead-letter.js';
import * as names from '../slot/names.js';
import { streamsCounted } from '../plan/streams-counted.js';
import { noteDropped } from './change-pointer.js';
import { readPointer } from './stored-pointer.js';

/** Keys that one commit removes, and streams that are looked at for it. */
const KEYS_MAX = 500;
const STREAMS_MAX = 50;

/** Letters that are sent at once before their slot goes. */
const LETTERS_MAX = 100;

/** What a slot holds beside its streams. */
const WHOLE = [
  names.REFUSALS,
  names.RULES,
  names.SKIPS,
  names.DEAD_LETTERS,
  names.DEAD_LETTER_PLACES,
  names.DEAD_LETTERS_PENDING,
  names.PARKED,
  names.SEAL,
  names.CARRIED,
  names.REFOLD,
  names.REFOLD_STATE,
  names.REFOLD_PROGRESS,
  names.REFOLDS_DONE,
  names.REBUILDING,
  names.COUNTERS,
];

/** A stream as the slot has it. */
interface Found {
  kind: StreamKind;
  streamId: string;
  subject: string;
}

/**
 * Removes what the slot of a dropped generation holds, in bounded commits, and leaves its checkpoint as a
 * sign that it was dropped: whoever still takes it for one to fold finds that, and cannot begin it anew. Its
 * streams are looked for in the log; those whose claims the log no longer has, in the index of all.
 * Begun again after a stop, it goes on with what is left.
 */
export class SlotRemoval {
  readonly #ports: ProjectorPorts;
  readonly #projection: Projection;
  readonly #partition: number;
  readonly #pause: () => Promise<void>;
  #text: string | null = null;
  #writes = noWrites();

  /** @param pause Called between commits, and reads of the log; rejects to end the removal. */
  constructor(
    ports: ProjectorPorts,
    projection: Projection,
    partition: number,
    pause: () => Promise<void>,
  ) {
    this.#ports = ports;
    this.#projection = projection;
    this.#partition = partition;
    this.#pause = pause;
  }

  /**
   * False: nobody drops this generation any more, and nothing was done.
   * @throws SlotMoved, StoreUnavailable, LogUnavailable: begin again. ViewsUnknown: another build has to.
   */
  async run(): Promise<boolean> {
    this.#text = (await this.#ports.store.read(this.#slot, [])).checkpoint;
    const checkpoint = this.#text === null ? null : decodeCheckpoint(this.#text);
    if (!(await this.#isDropped())) return false;
    if (checkpoint?.role === 'dropped') return true;
    if (checkpoint !== null) {
      await this.#sendLetters();
      const carried = await this.#carried();
      const views = slotViews(this.#ports.rulebook, checkpoint.views, carried);
      if (carried?.copying != null) await this.#removeKeys(retiredKeys(...carried.copying));
      await this.#removeOfLog(checkpoint.next, views);
      await this.#removeOfIndex(views);
      await this.#removeRetired();
      await this.#noteStreams();
    }
    this.#writes.remove.push(...WHOLE);
    await this.#commit('dropped');
    return true;
  }

  /**
   * Once everything was lost, numbers begin anew, and the slot may be that of another generation. So what is removed
   * follows from a pointer that was read behind the text on which that is committed.
   */
  async #isDropped(): Promise<boolean> {
    const { generations } = await readPointer(this.#ports.store, this.#projection);
    return generations.get(this.#projection.generation)?.state === 'dropping';
  }

  /** Counters stay as they are until the last commit. */
  async #noteStreams(): Promise<void> {
    const { store } = this.#ports;
    const { generation } = this.#projection;
    const partition = this.#partition;
    const streams = await streamsCounted(store, this.#projection, this.#slot);
    const ports = { store, commitId: () => this.#ports.commitId() };
    await noteDropped(ports, this.#projection, { generation, partition, streams });
  }

  get #slot() {
    return slotOf(this.#projection, this.#partition);
  }

  async #carried(): Promise<CarriedOver | null> {
    const { results } = await this.#ports.store.read(this.#slot, [
      { kind: 'get', name: names.CARRIED },
    ]);
    return decodeCarriedOver(results[0]);
  }

  async #removeOfLog(end: Offset, views: SlotViews): Promise<void> {
    const reader = new ClaimReader(this.#ports.log, this.#projection, this.#partition);
    for (let at = (await reader.range()).start; at < end;) {
      const { found, next } = await reader.read(at, end);
      if (next <= at) return;
      const streams = new Map<string, Found>();
      for (const { decoded } of found) {
        if (decoded.kind === 'claim') streams.set(decoded.claim.subject, decoded.claim);
      }
      await this.#removeStreams([...streams.values()], views);
      // Begun again, it may read all of the log and find nothing to commit.
      await this.#pause();
      at = next;
    }
  }

  async #removeOfIndex(views: SlotViews): Promise<void> {
    for (const kind of this.#projection.kinds) {
      for (const index of [names.listOf(kind), names.unlistedOf(kind)]) {
        await this.#removeListed(kind, names.indexName(index), views);
      }
    }
  }

  async #removeListed(kind: StreamKind, name: string, views: SlotViews): Promise<void> {
    for (;;) {
      const { results } = await this.#ports.store.read(this.#slot, [
        { kind: 'ranked', name, limit: STREAMS_MAX },
      ]);
      const [members] = results;
      if (members.length === 0) return;
      const streams = members.map(({ member: streamId }) => {
        return { kind, streamId, subject: subjectOf(kind, streamId) };
      });
      await this.#removeStreams(streams, views);
      for (const { member } of members) this.#writes.unrank.push([name, member]);
      await this.#commit();
    }
  }

  async #removeStreams(streams: readonly Found[], views: SlotViews): Promise<void> {
    for (let at = 0; at < streams.length; at += STREAMS_MAX) {
      const page = streams.slice(at, at + STREAMS_MAX);
      const reads = page.flatMap(({ subject }) => [
        { kind: 'get' as const, name: names.documentName(subject) },
        { kind: 'get' as const, name: names.shadowName(subject) },
      ]);
      const { results } = await this.#ports.store.read(this.#slot, reads);
      for (const [i, found] of page.entries()) {
        const texts = [results[2 * i] ?? null, results[2 * i + 1] ?? null] as const;
        if (texts.some((text) => text !== null)) await this.#removeStream(found, texts, views);
      }
      if (this.#writes.remove.length > 0) await this.#commit();
    }
  }

  /** The document goes with the last of its keys: until then the stream is found again. */
  async #removeStream(
    { kind, streamId, subject }: Found,
    texts: readonly (string | null)[],
    views: SlotViews,
  ): Promise<void> {
    const documents = texts.map(readDocument);
    for (const document of documents) {
      if (document === null) continue;
      const { incarnation, state, transientDays } = document;
      const field = retiredField(subject, incarnation);
      await this.#removeKeys(retiredKeys(field, encodeRetired(state?.seq ?? 0, transientDays)));
    }
    this.#writes.remove.push(names.documentName(subject), names.shadowName(subject));
    const [document = null] = documents;
    const stream = { ...emptyStream(kind, streamId), document };
    // Counters go as a whole in the end.
    emitDifference(
      streamId,
      entriesOf(stream, views.of(document)[kind]),
      [],
      this.#writes,
      new Map(),
    );
  }

  async #removeRetired(): Promise<void> {
    const { results } = await this.#ports.store.read(this.#slot, [
      { kind: 'fields', name: names.RETIRED },
    ]);
    for (const [field, text] of results[0]) {
      await this.#removeKeys(retiredKeys(field, text));
      this.#writes.dropField.push([names.RETIRED, field]);
    }
  }

  async #removeKeys(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      if (this.#writes.remove.length >= KEYS_MAX) await this.#commit();
      this.#writes.remove.push(key);
    }
  }

  /** Letters that were found while the slot was live, and are not on their topic yet. */
  async #sendLetters(): Promise<void> {
    const { results } = await this.#ports.store.read(this.#slot, [
      { kind: 'fields', name: names.DEAD_LETTERS_PENDING },
    ]);
    const letters = [...results[0].values()].map((text) => JSON.parse(text) as DeadLetter);
    for (let at = 0; at < letters.length; at += LETTERS_MAX) {
      const page = letters.slice(at, at + LETTERS_MAX);
      const outcomes = await this.#ports.mirror(page);
      const trouble = outcomes.find(({ kind }) => kind === 'trouble');
      if (trouble?.kind === 'trouble') throw new SlotMoved(trouble.message);
    }
  }

  async #commit(role?: Checkpoint['role']): Promise<void> {
    const { store } = this.#ports;
    const checkpoint = this.#text === null ? EMPTY : decodeCheckpoint(this.#text);
    const commitId = this.#ports.commitId();
    const next = encodeCheckpoint({ ...checkpoint, role: role ?? checkpoint.role, commitId });
    const answer = await store.commit(this.#slot, this.#text, next, this.#writes, []);
    if (answer.outcome === 'stale' && answer.current !== next) {
      throw new SlotMoved('somebody else writes the slot that is dropped');
    }
    this.#text = next;
    this.#writes = noWrites();
    await this.#pause();
  }
}

/** The checkpoint of a slot that was never begun. */
const EMPTY: Checkpoint = {
  format: 3,
  next: 0,
  decider: 1,
  views: '',
  role: 'dropped',
  time: 0,
  last: null,
  commitId: '-',
};
