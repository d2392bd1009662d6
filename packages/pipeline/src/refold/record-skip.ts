import {
  CLAIM_SKIPPED,
  PROJECTOR_SOURCE,
  SKIP_WITHDRAWN,
  encodeEnvelope,
  parseSubject,
} from '@refold/contracts';
import { identityOf } from '@refold/domain';
import type { Offset } from '../ports/event-log.js';
import { LogUnavailable } from '../project/check-position.js';
import { SlotMoved } from '../project/load-batch.js';
import { passes } from '../project/owned-slot.js';
import { PartitionStopped } from '../project/partition-stopped.js';
import type { PublishOutcome } from '../publish/publish-outcome.js';
import { documentName } from '../slot/names.js';
import type { Skip } from '../slot/skip-log.js';
import type { Attempt } from './attempt.js';
import type { SkippedClaim } from './refold-task.js';
import { readDocument } from './stored-document.js';

/** Pause between two looks at how far live folding has come, milliseconds. */
const WAIT_MS = 50;

/** Pauses between two tries to withdraw a skip, milliseconds: these, and then the longest. */
const REFUSED_MS = [200, 500, 1_000, 2_000];
const REFUSED_MS_MAX = 5_000;

/** How old a look at the stream may be when the record is sent, milliseconds: a moment in which few things change. */
const LOOKED_MS_MAX = 5_000;

/** The claim is not one that may be left out. */
export class SkipRefused extends Error {
  override readonly name = 'SkipRefused';
}

/** Writes one of the two records. Not `appended`: it may have been written, or may still be. */
async function send(
  { owned, ports, task }: Attempt,
  type: typeof CLAIM_SKIPPED | typeof SKIP_WITHDRAWN,
  { subject, offset, source, id }: SkippedClaim,
): Promise<PublishOutcome> {
  if (ports.append === undefined)
    return { kind: 'unsent', message: 'this owner writes no records' };
  return ports.append({
    topic: owned.projection.topic,
    partition: owned.partition,
    key: parseSubject(subject)?.streamId ?? '',
    value: encodeEnvelope({
      id: `${type === CLAIM_SKIPPED ? 'skip' : 'withdraw'}-${offset}`,
      source: PROJECTOR_SOURCE,
      type,
      subject,
      data: { offset, source, id, operation: task.operation },
    }),
  });
}

/** Why a record is not on the log, as far as anybody knows. */
const reasonOf = (outcome: Exclude<PublishOutcome, { kind: 'appended' }>): string =>
  'message' in outcome ? outcome.message : outcome.kind;

/** Waits until live folding is behind what stands below `to`, and tells so. */
async function passed(attempt: Attempt, to: Offset, who = 'the skip'): Promise<void> {
  const { progress } = attempt;
  const before = progress.trouble;
  for (let at = await attempt.position(); at < to; at = await attempt.position()) {
    await attempt.wait(WAIT_MS, `${who} waits for live folding, which stands at ${at} of ${to}`);
  }
  progress.trouble = before;
}

/** What the log says of a skip, as far as it is folded. */
const saidOf = (attempt: Attempt, skip: Skip): Promise<'skipped' | 'withdrawn' | null> =>
  attempt.queued(async ({ skips }) => {
    if (skips.leftOut(skip) !== null) return 'skipped';
    return skips.withdrawalOf(skip) === null ? null : 'withdrawn';
  });

/**
 * Whether the claim may be skipped: its stream stands parked there, and the partition has not the most skips
 * yet. To be asked once the claim is folded, which a store that went back may not have done. Returns since when.
 * @throws SkipRefused
 */
async function checkParked(attempt: Attempt, skip: Skip): Promise<number> {
  const { subject, offset } = skip;
  await passed(attempt, offset + 1);
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
 * Writes the record. Returns where it stands. @param lookedAt When the stream was seen to stand parked.
 * @throws SkipRefused; LogUnavailable where it may have been written; SlotMoved where the look is too old
 */
async function write(attempt: Attempt, claim: SkippedClaim, lookedAt: number): Promise<Offset> {
  const { offset } = claim;
  if (attempt.ports.timing.now() - lookedAt > LOOKED_MS_MAX) {
    throw new SlotMoved(`the look at the claim to skip, ${offset}, is too old`);
  }
  const outcome = await send(attempt, CLAIM_SKIPPED, claim);
  if (outcome.kind === 'appended') return outcome.offset;
  if (outcome.kind === 'refused') {
    throw new SkipRefused(`the log refused the record that skips ${offset}: ${outcome.message}`);
  }
  const told = `the record that skips ${offset} was not acknowledged`;
  await attempt.wait(WAIT_MS, `${told}: ${reasonOf(outcome)}, it is looked for and tried again`);
  throw new LogUnavailable(told);
}

/**
 * Looks at the claim and skips it, where nobody has asked for the end. @throws RefoldCanceled, SkipRefused, and what
 * {@link write} throws
 */
async function lookAndWrite(attempt: Attempt, claim: SkippedClaim, skip: Skip): Promise<void> {
  const lookedAt = await checkParked(attempt, skip);
  attempt.isBound = true;
  const at = await write(attempt, claim, lookedAt);
  await passed(attempt, at + 1);
  if ((await saidOf(attempt, skip)) !== null) return;
  throw new SkipRefused(`the record at ${at} is a dead letter: ${skip.offset} is not skipped`);
}

/**
 * Sees to it that no record of this operation skips the claim any more, wherever one is on its way: of a process that
 * stands still, or in a producer. Where the partition has the most skips none counts. Tries for as long as the log
 * takes no record, and tells so: nobody but the log can end that.
 */
async function withdraw(attempt: Attempt, claim: SkippedClaim, skip: Skip): Promise<void> {
  const who = 'the withdrawal of the skip';
  attempt.isBound = true;
  for (let tries = 0; ; tries++) {
    // Whoever else writes records of this operation may have decided it.
    await passed(attempt, (await attempt.reader.range()).end, who);
    if ((await saidOf(attempt, skip)) !== null) return;
    if (await attempt.queued(async ({ skips }) => skips.contradictionOf(skip) !== null)) return;
    const outcome = await send(attempt, SKIP_WITHDRAWN, claim);
    if (outcome.kind === 'appended') return passed(attempt, outcome.offset + 1, who);
    const why = reasonOf(outcome);
    const told = `the skip of ${claim.offset} could not be withdrawn: ${why}`;
    attempt.ports.trouble(attempt.owned.partition, told);
    await attempt.wait(
      REFUSED_MS[tries] ?? REFUSED_MS_MAX,
      `the log takes no record: ${why}, the skip of ${claim.offset} is withdrawn as soon as it does`,
    );
  }
}

/**
 * Writes the record behind which a claim is left out for ever, and waits until live folding has met it.
 * Only where the stream stands parked at that claim: nothing else can move it meanwhile, because an
 * owner carries out one task at a time. Where the record stands on the log already, of an attempt before,
 * none is written. As soon as it may stand there, the attempt goes on to its end, whoever cancels it.
 *
 * An attempt that ends without a skip withdraws it first. Of the two records the first on the log counts, so what it
 * ends with holds, whoever else still writes.
 * @throws SkipRefused, RefoldCanceled
 */
export async function recordSkip(attempt: Attempt, claim: SkippedClaim): Promise<void> {
  const { subject, offset, source, id } = claim;
  const { operation } = attempt.task;
  const skip = {
    subject,
    offset,
    identity: identityOf(subject, source, id),
    operation,
    at: offset,
  };
  let why: Error = new SkipRefused(`the skip of ${offset} was withdrawn: nothing was skipped`);
  try {
    // An attempt before this one may have written either record.
    await passed(attempt, (await attempt.reader.range()).end);
    if ((await saidOf(attempt, skip)) === null) await lookAndWrite(attempt, claim, skip);
  } catch (error) {
    if (passes(error) || error instanceof PartitionStopped) throw error;
    why = error instanceof Error ? error : new Error(String(error));
    await withdraw(attempt, claim, skip);
  }
  attempt.isBound = true;
  attempt.progress.trouble = null;
  if ((await saidOf(attempt, skip)) === 'skipped') return;
  attempt.isBound = false;
  // Ends here where somebody asked for that.
  await attempt.position();
  throw why;
}
