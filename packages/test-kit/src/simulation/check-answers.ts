import type { Verdict } from '@refold/contracts';
import type { ReceiptState } from '@refold/pipeline';
import type { Model, ModelVerdict } from '../model/model.js';
import type { ModelRecord } from '../model/read-record.js';
import type { Attempt, Door, Look } from './door.js';
import { simulatedModel } from './simulated-rules.js';
import { keyOf } from './place.js';
import type { World } from './world.js';

/** What clients were told, held against what the whole log says. */
export interface AnswerCase {
  world: World;
  /** By topic. */
  models: ReadonlyMap<string, Model>;
  records: (topic: string, partition: number) => readonly ModelRecord[];
}

/** True for an offset that somebody has seen otherwise, before the log lost its tail. */
export const wasLost = (world: World, topic: string, partition: number, offset: number): boolean =>
  world.lost.some(
    (tail) => tail.topic === topic && tail.partition === partition && offset >= tail.from,
  );

/** Every claim that was acknowledged stands where it was acknowledged, and its verdict is the model's. */
export function checkAttempts(answers: AnswerCase, attempts: readonly Attempt[]): string[] {
  const { world, models, records } = answers;
  return attempts.flatMap((attempt) => {
    const { outcome, projection, partition, number } = attempt;
    if (outcome?.kind !== 'appended') return [];
    const { offset } = outcome;
    const { topic } = projection;
    if (wasLost(world, topic, partition, offset)) return [];
    const place = `${topic}/${partition}/${offset}`;
    const record = records(topic, partition).find((there) => there.offset === offset);
    if (record?.value !== attempt.value) {
      return [`attempt ${number} was acknowledged at ${place}, but does not stand there`];
    }
    const ought = models.get(topic)?.verdicts[partition]?.get(offset);
    if (ought === undefined) {
      const isTold = attempt.verdict !== null || isDecided(attempt.receipt);
      return isTold ? [`attempt ${number} was judged at ${place}, behind a newer record`] : [];
    }
    const { verdict: told, receipt } = withoutParked(world, attempt);
    if (told !== null && textOfVerdict(told) !== textOfModel(ought)) {
      return [`${place} was told ${textOfVerdict(told)}, but is ${textOfModel(ought)}`];
    }
    if (receipt !== null && !isTrueReceipt(receipt, ought, attempt)) {
      return [`the receipt of ${place} says ${JSON.stringify(receipt)}: ${textOfModel(ought)}`];
    }
    return [];
  });
}

/** That a stream stood parked is no verdict: it is mended later. */
function withoutParked(
  { poison }: World,
  { verdict, receipt }: Attempt,
): Pick<Attempt, 'verdict' | 'receipt'> {
  if (poison === null) return { verdict, receipt };
  return {
    verdict: verdict?.kind === 'parked' ? null : verdict,
    receipt: receipt?.state === 'parked' ? null : receipt,
  };
}

const isDecided = (receipt: ReceiptState | null): boolean =>
  receipt !== null && receipt.state !== 'pending';

function textOfVerdict(verdict: Verdict): string {
  if ('seq' in verdict) return `${verdict.kind} ${verdict.seq}`;
  if (verdict.kind !== 'rejected') return verdict.kind;
  return `${verdict.code}${verdict.replayed ? ' again' : ''}`;
}

function textOfModel(verdict: ModelVerdict): string {
  if ('seq' in verdict) return `${verdict.kind} ${verdict.seq}`;
  if (verdict.kind !== 'rejected') return verdict.kind;
  return `${verdict.code}${verdict.replayed ? ' again' : ''}`;
}

/**
 * A receipt tells what became of a claim, which may be known by another copy: a refusal that has
 * lapsed and was followed by an acceptance. A refusal for the owner's sake is not kept at all, and
 * what is transient is not kept for long. Nobody but its door can have copied a claim whose ID the door
 * made, so for such a one there is no other copy.
 */
function isTrueReceipt(receipt: ReceiptState, ought: ModelVerdict, attempt: Attempt): boolean {
  if (receipt.state === 'pending' || isForbidden(ought)) return true;
  const mayBeForgotten = isTransient(attempt);
  const mayBeACopy = !attempt.claim.ownId || mayBeForgotten;
  switch (receipt.state) {
    case 'accepted':
      if (ought.kind === 'rejected') return mayBeACopy;
      return 'seq' in ought && ought.seq === receipt.seq;
    case 'rejected':
      return ought.kind === 'rejected' && ought.code === receipt.code;
    case 'unknown':
      return mayBeForgotten || ought.kind === 'rejected';
    case 'dead_letter':
      return ought.kind === 'dead_letter';
    case 'parked':
      return false;
  }
}

const isTransient = ({ claim }: Attempt): boolean => claim.fields.type === 'worker.heartbeat';

const isForbidden = (verdict: ModelVerdict): boolean =>
  verdict.kind === 'rejected' && verdict.code === 'forbidden';

/** Records of one door that were acknowledged stand in the order in which they were published. */
export function checkOrder({ world, records }: AnswerCase, doors: readonly Door[]): string[] {
  const faults: string[] = [];
  for (const door of doors) {
    const last = new Map<string, { offset: number; number: number }>();
    for (const attempt of door.attempts) {
      const { topic } = attempt.projection;
      const { partition, number } = attempt;
      const place = `${topic}/${partition}`;
      if (attempt.outcome?.kind !== 'appended') continue;
      if (world.lost.some((tail) => tail.topic === topic && tail.partition === partition)) continue;
      const offset = records(topic, partition).find((r) => r.value === attempt.value)?.offset;
      const before = last.get(place);
      if (before !== undefined && offset !== undefined && offset < before.offset) {
        faults.push(`${door.actor.name}: attempt ${number} stands before ${before.number}`);
      }
      if (offset !== undefined) last.set(place, { offset, number });
    }
  }
  return faults;
}

/** What a reader saw was true at the position it was told, and positions never went back. */
export function checkLooks({ world, records }: AnswerCase, doors: readonly Door[]): string[] {
  const faults: string[] = [];
  for (const door of doors) {
    const floors = new Map<string, number>();
    for (const look of door.looks) {
      const { projection, partition, next } = look;
      const place = `${projection.topic}/${partition}`;
      if ((floors.get(place) ?? 0) > next) faults.push(`${door.actor.name} went back on ${place}`);
      floors.set(place, next);
      if (world.poison === null && !isBlind(world, look)) faults.push(...checkLook(look, records));
    }
  }
  return faults;
}

/** True where a read may be ahead of its position, or was of a log that is no more. */
const isBlind = (world: World, { projection, partition, next }: Look): boolean =>
  wasLost(world, projection.topic, partition, next - 1) ||
  next < (world.ahead.get(keyOf(projection, partition)) ?? 0);

function checkLook(look: Look, records: AnswerCase['records']): string[] {
  const { projection, partition, subject, next } = look;
  const prefixes = Array.from({ length: projection.partitions }, (_, p) =>
    p === partition ? records(projection.topic, p).filter(({ offset }) => offset < next) : [],
  );
  const stream = simulatedModel(projection, prefixes).streams.get(subject);
  if ((stream?.seq ?? 0) === look.seq && (stream?.chain ?? null) === look.chain) return [];
  return [`${subject} was read with seq ${look.seq} at ${next}, where it has ${stream?.seq ?? 0}`];
}
