import { encodeEnvelope, partitionOf } from '@refold/contracts';
import type { Verdict } from '@refold/contracts';
import { contentDigest } from '@refold/domain';
import {
  CatchingUp,
  ProjectionReader,
  Publisher,
  StoreUnavailable,
  VerdictDesk,
  judgementOf,
} from '@refold/pipeline';
import type { Projection, PublishOutcome, ReceiptState } from '@refold/pipeline';
import type { ClientClaim } from './claims.js';
import { faultyLog } from './faulty-log.js';
import { faultyStore } from './faulty-store.js';
import type { Actor } from './scheduler.js';
import { virtualTiming } from './virtual-timing.js';
import type { World } from './world.js';

/** One claim on its way, and everything that was said about it. */
export interface Attempt {
  readonly number: number;
  readonly door: string;
  readonly claim: ClientClaim;
  readonly projection: Projection;
  readonly partition: number;
  readonly value: string;
  outcome: PublishOutcome | null;
  verdict: Verdict | null;
  receipt: ReceiptState | null;
  /** Nobody waits for it any more: answered, or its door died. */
  over: boolean;
}

/** What a document read answered; judged later against the log up to its position. */
export interface Look {
  projection: Projection;
  partition: number;
  subject: string;
  next: number;
  seq: number;
  chain: string | null;
}

/** The generations that one answer over all partitions was made from, and the steps it took. */
export interface GenerationLook {
  projection: Projection;
  generations: number[];
  from: number;
  to: number;
}

/** How long a door waits for a verdict, milliseconds. */
const WAIT_MS = 5000;

/** How often a door asks for a receipt before it leaves the client with 202. */
const RECEIPTS = 3;

/** Small bounds, so that a schedule meets them. */
const LIMITS = { recordsMax: 200, bytesMax: 1_000_000, giveUpMs: 3000 };

/** A door for claims: publishes, waits for verdicts, reads receipts and documents. */
export class Door {
  readonly actor: Actor;
  readonly attempts: Attempt[] = [];
  readonly looks: Look[] = [];
  readonly generationLooks: GenerationLook[] = [];
  readonly #world: World;
  readonly #publisher: Publisher;
  readonly #desk: VerdictDesk;
  readonly #store: ReturnType<typeof faultyStore>;
  readonly #readers: ReadonlyMap<string, ProjectionReader>;

  constructor(world: World, actor: Actor) {
    this.#world = world;
    this.actor = actor;
    const timing = virtualTiming(world.scheduler, actor);
    const log = faultyLog(world, actor);
    this.#store = faultyStore(world, actor);
    this.#publisher = new Publisher({ log, timing, trouble: () => undefined }, LIMITS);
    this.#desk = new VerdictDesk(this.#store, timing, actor.name, 50);
    this.#readers = new Map(
      world.projections.map((p) => [p.topic, new ProjectionReader(this.#store, p)]),
    );
  }

  async open(): Promise<void> {
    await this.#desk.start();
  }

  /** The door died: what is open stays unanswered. */
  abandon(): void {
    for (const attempt of this.attempts) attempt.over = true;
  }

  /** Sends a claim and follows it as long as a client waits. `replyTo` may be forged. */
  submit(number: number, claim: ClientClaim, replyTo: string = this.actor.name): Attempt {
    const { kind, streamId, fields } = claim;
    const projection = this.#world.projections.find((p) => p.kinds.includes(kind));
    if (projection === undefined) throw new Error(`no projection folds a ${kind}`);
    const attempt: Attempt = {
      number,
      door: this.actor.name,
      claim,
      projection,
      partition: partitionOf(streamId, projection.partitions),
      value: encodeEnvelope({ ...fields, replyto: replyTo, traceparent: `attempt-${number}` }),
      outcome: null,
      verdict: null,
      receipt: null,
      over: false,
    };
    this.attempts.push(attempt);
    void this.#follow(attempt);
    return attempt;
  }

  async #follow(attempt: Attempt): Promise<void> {
    const { partition, claim, value } = attempt;
    const { topic } = attempt.projection;
    const record = { topic, partition, key: claim.streamId, value };
    attempt.outcome = await this.#publisher.publish(record);
    if (attempt.outcome.kind === 'appended') {
      const { offset } = attempt.outcome;
      attempt.verdict = await this.#desk.wait(topic, partition, offset, WAIT_MS);
      if (attempt.verdict === null) await this.#askReceipt(attempt, offset);
    }
    attempt.over = true;
  }

  async #askReceipt(attempt: Attempt, offset: number): Promise<void> {
    const { projection, partition, claim } = attempt;
    const { source, id, subject, type, data } = claim.fields;
    const receipt = {
      projection: projection.name,
      subject,
      source,
      eventId: id,
      content: claim.ownId
        ? null
        : contentDigest({
            type,
            subject,
            schemaVersion: claim.fields.schemaversion ?? 1,
            data,
            expectedSeq: claim.fields.expectedseq ?? null,
          }),
      partition,
      offset,
    };
    for (let asked = 0; asked < RECEIPTS; asked++) {
      try {
        const reader = this.#readers.get(projection.topic);
        if (reader === undefined) throw new Error(`nobody reads ${projection.topic}`);
        attempt.receipt = await judgementOf(reader.live, receipt);
        if (attempt.receipt.state !== 'pending') return;
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
      }
    }
  }

  /** Makes an answer from all partitions of a projection, one after the other. */
  async lookAtAll(projection: Projection): Promise<void> {
    const { scheduler } = this.#world;
    const reader = this.#readers.get(projection.topic);
    const from = scheduler.steps;
    try {
      const generations = await reader?.live.answer(async (slots) => {
        const found: number[] = [];
        for (let partition = 0; partition < projection.partitions; partition++) {
          found.push((await slots.read(partition, [])).generation);
        }
        return found;
      });
      if (generations === undefined) return;
      this.generationLooks.push({ projection, generations, from, to: scheduler.steps });
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }

  /** Reads a document; what it says must be true at its position. */
  async look(subject: string): Promise<void> {
    const [kind = '', streamId = ''] = subject.split('/');
    for (const reader of this.#readers.values()) {
      const { projection } = reader;
      if (!projection.kinds.some((k) => k === kind)) continue;
      try {
        const { document, position } = await reader.document(kind as 'run' | 'worker', streamId);
        const { partition, next } = position;
        const state = document?.state ?? null;
        this.looks.push({
          projection,
          partition,
          subject,
          next,
          seq: state?.seq ?? 0,
          chain: state?.chain ?? null,
        });
      } catch (error) {
        if (!(error instanceof StoreUnavailable || error instanceof CatchingUp)) throw error;
      }
    }
  }
}
