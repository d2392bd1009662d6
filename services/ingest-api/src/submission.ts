import { partitionOf, ProblemError } from '@refold/contracts';
import type {
  OutgoingRecord,
  Publisher,
  PublishOutcome,
  Timing,
  VerdictDesk,
} from '@refold/pipeline';
import { createClaimAnswer, type ClaimAnswerPorts, type Settled } from './claim-answer.js';
import { problemOfOutcome, withClaimIds } from './claim-problem.js';
import { recordText, type Command } from './command.js';
import type { IngestMeter } from './ingest-meter.js';
import type { Place } from './claim-receipt.js';
import type { LogGate } from './log-gate.js';
import type { Wish } from './wish.js';

/** How long the log may take to acknowledge on top of the wait for the verdict, milliseconds. */
const ACK_MS_MAX = 10_000;

/** What a submission needs. */
export interface SubmissionPorts extends ClaimAnswerPorts {
  publisher: Publisher;
  desk: VerdictDesk;
  gate: LogGate;
  timing: Timing;
  meter: IngestMeter;
  /** The command as it may be published. @throws ProblemError */
  redact: (command: Command) => Command;
  /** Most bytes one record may have, envelope included. */
  eventBytesMax: number;
}

/** Publishes commands and waits for their verdicts. */
export interface Submission {
  /**
   * Null when the log takes records; else resolves when it does.
   * @param command Whose IDs a refusal tells; null for several.
   * @throws ProblemError log_unavailable
   */
  admission(command: Command | null): Promise<void> | null;
  /** @throws ProblemError with the event ID, for everything that is neither accepted nor stored. */
  submit(command: Command, wish: Wish): Promise<Settled>;
  /**
   * Submits commands on one stream in their order. The log takes all of them or, overloaded, none; one
   * that is refused by itself does not stop the others. One answer a command, in order, each rejecting
   * as that of {@link submit} does. Other work has its turn while they are collected.
   */
  submitAll(commands: Iterable<Command>, wish: Wish): Promise<Promise<Settled>[]>;
  /** From now on a claim that is stored is answered at once: its verdict can be asked for later. */
  hurry(): void;
  /** Answers everybody who still waits for the log: the outcome is unknown. */
  abandon(): void;
}

/** What a batch may have made ready in one turn, UTF-16 units of records: some tens of milliseconds. */
const TURN_UNITS = 131_072;

/** How often waits are looked at that may have lasted too long, milliseconds: a timer each costs more. */
const SWEEP_MS = 250;

/** A wait for an acknowledgement, and how to end it. */
interface Wait {
  /** Sweeps it still lives through. */
  sweeps: number;
  settle: (outcome: PublishOutcome) => void;
}

const LATE: PublishOutcome = {
  kind: 'unknown',
  message: 'the log has not acknowledged it in time',
};

const FULL: PublishOutcome = { kind: 'full' };

/** A command whose record is ready, or why there can be none. */
type Attempt =
  | { command: Command; record: OutgoingRecord; units: number }
  | { command: Command; problem: ProblemError };

/** Makes commands ready one after the other, and leaves other work its turn. */
async function inTurns(
  commands: Iterable<Command>,
  attempt: (command: Command) => Attempt,
  timing: Timing,
): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  let units = 0;
  for (const command of commands) {
    const one = attempt(command);
    attempts.push(one);
    units += 'record' in one ? one.units : TURN_UNITS;
    if (units < TURN_UNITS) continue;
    units = 0;
    await timing.tick();
  }
  return attempts;
}

/** A {@link Submission} over the engine. */
export function createSubmission(ports: SubmissionPorts): Submission {
  const { publisher, desk, readers, gate, timing, meter, redact, eventBytesMax } = ports;
  const answer = createClaimAnswer(ports);
  let hurried = false;
  const waits = new Set<Wait>();
  let sweeping = false;

  const sweepLater = (): void => {
    sweeping = true;
    timing.after(SWEEP_MS, () => {
      sweeping = false;
      for (const wait of waits) if (--wait.sweeps < 0) wait.settle(LATE);
      if (waits.size > 0) sweepLater();
    });
  };

  const acknowledged = (
    published: Promise<PublishOutcome>,
    boundMs: number,
  ): Promise<PublishOutcome> =>
    new Promise((resolve) => {
      const wait: Wait = {
        sweeps: Math.ceil(boundMs / SWEEP_MS),
        settle: (outcome) => {
          waits.delete(wait);
          resolve(outcome);
        },
      };
      waits.add(wait);
      if (!sweeping) sweepLater();
      void published.then(wait.settle);
    });

  function recordOf(command: Command, wish: Wish): OutgoingRecord {
    const { topic, partitions } = readers[command.kind].projection;
    const replyTo = wish.waitMs > 0 ? desk.instance : undefined;
    const value = recordText(command, { replyTo, traceparent: wish.traceparent }, eventBytesMax);
    const partition = partitionOf(command.streamId, partitions);
    return { topic, partition, key: command.streamId, value };
  }

  function attempt(command: Command, wish: Wish): Attempt {
    try {
      // What is too large is refused before it is searched, which takes far longer.
      const asked = recordOf(command, wish);
      const redacted = redact(command);
      const record = redacted === command ? asked : recordOf(redacted, wish);
      return { command: redacted, record, units: asked.value.length };
    } catch (error) {
      if (error instanceof ProblemError) return { command, problem: error };
      throw error;
    }
  }

  /** Waits at most `leftMs` for the verdict on a record that is stored. @throws ProblemError */
  async function judged(
    command: Command,
    topic: string,
    place: Place,
    began: number,
    leftMs: number,
  ): Promise<Settled> {
    const verdict = await desk.wait(topic, place.partition, place.offset, leftMs);
    meter.judged(verdict?.kind ?? 'none', timing.now() - began);
    if (verdict === null) return answer.ofReceipt(command, place);
    return answer.ofVerdict(command, place, verdict);
  }

  async function submitted(
    attempted: Attempt,
    wish: Wish,
    published: Promise<PublishOutcome> | undefined,
  ): Promise<Settled> {
    const { command } = attempted;
    const began = timing.now();
    try {
      if ('problem' in attempted) throw attempted.problem;
      const { record } = attempted;
      const stored = published ?? Promise.resolve(FULL);
      const outcome = await acknowledged(stored, wish.waitMs + ACK_MS_MAX);
      meter.published(record.topic, outcome.kind, timing.now() - began);
      if (outcome.kind === 'appended') {
        const place = { partition: record.partition, offset: outcome.offset };
        const leftMs = wish.waitMs - (timing.now() - began);
        if (leftMs <= 0 || hurried) return answer.undecided(command, place, 'pending');
        return await judged(command, record.topic, place, began, leftMs);
      }
      if (outcome.kind === 'unknown') gate.suspect();
      throw problemOfOutcome(outcome);
    } catch (error) {
      if (error instanceof ProblemError) throw withClaimIds(error, command);
      throw error;
    }
  }

  async function pass(held: Promise<string | null>, command: Command | null): Promise<void> {
    try {
      await gate.pass(held);
    } catch (error) {
      if (error instanceof ProblemError && command !== null) throw withClaimIds(error, command);
      throw error;
    }
  }

  async function submitAll(commands: Iterable<Command>, wish: Wish): Promise<Promise<Settled>[]> {
    const attempts = await inTurns(commands, (one) => attempt(one, wish), timing);
    const records = attempts.flatMap((one) => ('record' in one ? [one.record] : []));
    const published = publisher.publishAll(records)[Symbol.iterator]();
    return attempts.map((one) =>
      submitted(one, wish, 'record' in one ? published.next().value : undefined),
    );
  }

  return {
    admission(command) {
      const held = gate.hold();
      return held === null ? null : pass(held, command);
    },
    submit(command, wish) {
      const one = attempt(command, wish);
      return submitted(one, wish, 'record' in one ? publisher.publish(one.record) : undefined);
    },
    submitAll,
    hurry() {
      hurried = true;
    },
    abandon() {
      for (const wait of waits) wait.settle(LATE);
    },
  };
}
