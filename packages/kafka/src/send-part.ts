import type { Appended, AppendRefused, OutgoingRecord } from '@refold/pipeline';
import { rightRefused } from './errors.js';
import { protocolError } from './raw-client.js';
import { encodeBatch, type PartitionBatch, type ProducerPlace } from './record-encoder.js';

/** The broker's codes for a batch that it did not store and never will. */
const REFUSALS: Readonly<Record<number, AppendRefused['reason']>> = {
  10: 'too_large',
  18: 'too_large',
  29: 'unauthorized',
  31: 'unauthorized',
  32: 'invalid',
  87: 'invalid',
};

/** Codes of passing trouble: the same batch is sent again, and stored once. */
const PASSING: ReadonlySet<number> = new Set([
  2, // corrupt on its way
  3, // no such topic yet
  5, // no leader now
  6, // not the leader any more
  7, // timed out between replicas
  8,
  9,
  13,
  19, // not enough replicas
  20, // not enough replicas after the append
  56, // storage
  74,
  75,
]);

interface Answer {
  errorCode: number;
  baseOffset: string;
  logAppendTime: string;
}

/** The records of one send that go to one partition, as one batch, and what became of it. */
export class SendPart implements PartitionBatch {
  readonly name: string;
  readonly topic: string;
  readonly partition: number;
  readonly own: readonly OutgoingRecord[];
  /** The places of the records in the send. */
  readonly places: readonly number[];
  readonly sequence: number;
  readonly batch: Buffer;
  attempts = 0;
  /** Where the first record landed. */
  landed: Appended | null = null;
  /** Why the broker will never store it; `reason` is null when it does not say that it has not. */
  refused: { reason: AppendRefused['reason'] | null; cause: Error } | null = null;

  constructor(own: readonly OutgoingRecord[], places: readonly number[], place: ProducerPlace) {
    const [{ topic, partition }] = own as [OutgoingRecord];
    this.name = `${topic}/${partition}`;
    this.topic = topic;
    this.partition = partition;
    this.own = own;
    this.places = places;
    this.sequence = place.sequence;
    this.batch = encodeBatch(own, place);
  }

  /** An attempt before the one that was refused may have been stored with its answer lost. */
  get certainlyNotStored(): boolean {
    return this.attempts === 0 || (this.attempts === 1 && this.refused?.reason != null);
  }

  answered({ errorCode, baseOffset, logAppendTime }: Answer): void {
    const offset = Number(baseOffset);
    if (errorCode === 0 && offset >= 0 && Number.isSafeInteger(offset + this.own.length)) {
      this.landed = { offset, timestamp: Number(logAppendTime) };
    } else if (!PASSING.has(errorCode)) {
      const reason = REFUSALS[errorCode] ?? null;
      const cause = protocolError(errorCode);
      if (reason === 'unauthorized') {
        this.refuse(reason, rightRefused(`${this.name}: not allowed to write`, cause));
        return;
      }
      cause.message = `${this.name}: ${cause.message}`;
      this.refuse(reason, cause);
    }
  }

  /** It will never be stored; `reason` is null when it may have been. */
  refuse(reason: AppendRefused['reason'] | null, cause: Error): void {
    this.refused = { reason, cause };
  }
}

/** The parts of a send, in the order in which its records first name their partitions. */
export function newParts(
  records: readonly OutgoingRecord[],
  identity: Omit<ProducerPlace, 'sequence'>,
  sequenceOf: (name: string) => number,
): SendPart[] {
  const places = new Map<string, number[]>();
  let own: number[] = [];
  records.forEach(({ topic, partition }, place) => {
    const before = records[place - 1];
    if (before?.partition !== partition || before.topic !== topic) {
      const name = `${topic}/${partition}`;
      own = places.get(name) ?? [];
      places.set(name, own);
    }
    own.push(place);
  });
  return [...places].map(([name, there]) => {
    const ownRecords = there.map((place) => records[place] as OutgoingRecord);
    return new SendPart(ownRecords, there, { ...identity, sequence: sequenceOf(name) });
  });
}
