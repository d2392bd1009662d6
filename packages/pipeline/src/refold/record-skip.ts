import { CLAIM_SKIPPED, PROJECTOR_SOURCE, encodeEnvelope, parseSubject } from '@refold/contracts';
import { identityOf } from '@refold/domain';
import type { Offset, OutgoingRecord } from '../ports/event-log.js';
import { LogUnavailable } from '../project/check-position.js';
import { SlotMoved } from '../project/load-batch.js';
import { documentName } from '../slot/names.js';
import type { Skip } from '../slot/skip-log.js';
import type { SlotCache } from '../slot/slot-cache.js';
import type { Attempt } from './attempt.js';
import type { SkippedClaim } from './refold-task.js';
import { readDocument } from './stored-document.js';

/** Pause between two looks at whether live folding has met the record, milliseconds. */
const WAIT_MS = 50;

/** How old a look at the stream may be when the record is sent, milliseconds: less than others take to own the partition. */
const LOOKED_MS_MAX = 5_000;

/** The claim is not one that may be left out. */
export class SkipRefused extends Error {
  override readonly name = 'SkipRefused';
}

function recordOf({ owned, task }: Attempt, skip: SkippedClaim): OutgoingRecord {
  const { subject, offset, source, id } = skip;
  return {
    topic: owned.projection.topic,
    partition: owned.partition,
    key: parseSubject(subject)?.streamId ?? '',
    value: encodeEnvelope({
      id: `skip-${offset}`,
      source: PROJECTOR_SOURCE,
      type: CLAIM_SKIPPED,
      subject,
      data: { offset, source, id, operation: task.operation },
    }),
  };
}

/** Where the record that leaves the claim out lies among those that are not folded yet; null: there is none. */
async function unfoldedRecord(
  { reader }: Attempt,
  claim: Pick<Skip, 'offset' | 'identity'>,
  next: Offset,
): Promise<Offset | null> {
  const { end } = await reader.range();
  return reader.findSkip(claim, next, end);
}

/**
 * Writes the record. @param lookedAt When the stream was seen to stand parked.
 * @throws SkipRefused; LogUnavailable where it may have been written; SlotMoved where it was not, because others may own
 * the slot by now: a process may be paused for as long as you like, and nothing else holds an append back.
 */
async function write(attempt: Attempt, skip: SkippedClaim, lookedAt: number): Promise<Offset> {
  const { ports } = attempt;
  const { offset } = skip;
  if (ports.append === undefined) throw new SkipRefused('this owner writes no records');
  if (ports.timing.now() - lookedAt > LOOKED_MS_MAX) {
    throw new SlotMoved(`the look at the claim to skip, ${offset}, is too old`);
  }
  const outcome = await ports.append(recordOf(attempt, skip));
  if (outcome.kind === 'appended') return outcome.offset;
  if (outcome.kind === 'refused') {
    throw new SkipRefused(`the log refused the record that skips ${offset}: ${outcome.message}`);
  }
  throw new LogUnavailable(`the record that skips ${offset} was not acknowledged`);
}

/**
 * Whether the claim may be skipped: its stream stands parked there, and the partition has not the most skips
 * yet. To be asked once the claim is folded, which a store that went back may not have done. Returns since when.
 * @throws SkipRefused
 */
async function checkParked(attempt: Attempt, skip: Skip): Promise<number> {
  const { subject, offset } = skip;
  while ((await attempt.position()) <= offset) await attempt.ports.timing.sleep(WAIT_MS);
  return attempt.queued(async (live) => {
    const lookedAt = attempt.ports.timing.now();
    const [text] = await attempt.owned.reads(live).all('get', [documentName(subject)]);
    if (readDocument(text ?? null)?.parked?.offset !== offset) {
      throw new SkipRefused(`${subject} does not stand parked at ${offset}: nothing was skipped`);
    }
    const contradiction = live.skips.contradictionOf(skip);
    if (contradiction !== null) throw new SkipRefused(`${contradiction}: nothing was skipped`);
    return lookedAt;
  });
}

/**
 * Writes the record behind which a claim is left out for ever, and waits until live folding has met it.
 * Only where the stream stands parked at that claim: nothing else can move it meanwhile, because an
 * owner carries out one task at a time. Where the record stands on the log already, of an attempt before,
 * none is written. As soon as it may stand there, the attempt goes on to its end, whoever cancels it.
 * @throws SkipRefused
 */
export async function recordSkip(attempt: Attempt, claim: SkippedClaim): Promise<void> {
  const { subject, offset, source, id } = claim;
  const skip = { offset, identity: identityOf(subject, source, id) };
  const isMet = (live: SlotCache): boolean => live.skips.has(skip.offset, skip.identity);
  attempt.isBound = true;
  const next = await attempt.queued(async (live) => (isMet(live) ? null : live.checkpoint.next));
  if (next === null) return;
  let at = await unfoldedRecord(attempt, skip, next);
  if (at === null) {
    attempt.isBound = false;
    const lookedAt = await checkParked(attempt, { ...skip, subject, at: next });
    attempt.isBound = true;
    at = await write(attempt, claim, lookedAt);
  }
  while ((await attempt.position()) <= at) await attempt.ports.timing.sleep(WAIT_MS);
  if (await attempt.queued(async (live) => isMet(live))) return;
  throw new SkipRefused(`the record at ${at} is a dead letter: ${offset} is not skipped`);
}
