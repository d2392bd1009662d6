import { CLAIM_SKIPPED, encodeEnvelope, parseSubject } from '@refold/contracts';
import { identityOf } from '@refold/domain';
import type { OutgoingRecord } from '../ports/event-log.js';
import { LogUnavailable } from '../project/check-position.js';
import { documentName } from '../slot/names.js';
import type { Attempt } from './attempt.js';
import type { SkippedClaim } from './refold-task.js';
import { readDocument } from './stored-document.js';

/** The source of records that leave a claim out. */
const SOURCE = '/refold/projector';

/** Pause between two looks at whether live folding has met the record, milliseconds. */
const WAIT_MS = 50;

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
      source: SOURCE,
      type: CLAIM_SKIPPED,
      subject,
      data: { offset, source, id, operation: task.operation },
    }),
  };
}

/**
 * Writes the record behind which a claim is left out for ever, and waits until live folding has met it.
 * Only where the stream stands parked at that claim: nothing else can move it meanwhile, because an
 * owner carries out one task at a time. An attempt that comes later may write a copy, which adds nothing.
 * @throws SkipRefused
 */
export async function recordSkip(attempt: Attempt, skip: SkippedClaim): Promise<void> {
  const { owned, ports } = attempt;
  const { subject, offset, source, id } = skip;
  const identity = identityOf(subject, source, id);
  const isMet = (): Promise<boolean> =>
    attempt.queued(async (live) => live.skips.has(offset, identity));
  if (await isMet()) return;
  const [text] = await attempt.queued((live) =>
    owned.reads(live).all('get', [documentName(subject)]),
  );
  if (readDocument(text ?? null)?.parked?.offset !== offset) {
    throw new SkipRefused(`${subject} does not stand parked at ${offset}: nothing was skipped`);
  }
  if (ports.append === undefined) throw new SkipRefused('this owner writes no records');
  const outcome = await ports.append(recordOf(attempt, skip));
  if (outcome.kind === 'refused') {
    throw new SkipRefused(`the log refused the record that skips ${offset}: ${outcome.message}`);
  }
  if (outcome.kind !== 'appended') {
    throw new LogUnavailable(`the record that skips ${offset} was not acknowledged`);
  }
  while (!(await isMet())) await ports.timing.sleep(WAIT_MS);
}
