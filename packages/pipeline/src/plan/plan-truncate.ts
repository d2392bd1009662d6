import type { OperationApproval, OperationPlanned } from '@refold/contracts';
import type { Offset } from '../ports/event-log.js';
import type { Projection } from '../projection.js';
import { SHARE_DEFAULT } from '../refold/attempt.js';
import type { Timing } from '../timing.js';
import type { Hold } from './cut-limits.js';
import type { CutAmounts, CutCheck } from './cut-scan.js';
import { logCutOf } from './log-cut.js';
import type { CutPorts } from './log-cut.js';
import { checkHasRuns } from './plan-archive.js';
import { recordsPerSecond } from './plan-rate.js';
import type { MeasuredOperation } from './plan-rate.js';
import { totalOf, NO_AMOUNTS } from './plan.js';
import type { StoredPartitionPlan } from './planned-operation.js';
import { readPresent } from './present.js';
import { rereadSeconds } from './reread-eta.js';
import { partitionsIn } from './verb.js';

export interface TruncateRequest {
  approval: OperationApproval;
  /** The partitions that are meant; null = all. */
  partitions: readonly number[] | null;
  /** Time of day, milliseconds. */
  nowMs: number;
  /** Share of the time that it is given; null: the usual one. */
  share: number | null;
  /** Truncations that are done, newest first. */
  measured: readonly MeasuredOperation[];
  /** Looked at before every read. */
  signal?: AbortSignal;
}

/**
 * What giving up the part of the log that nobody needs any more would do: up to where, and what keeps the rest.
 * Reads that part, and as much behind it as tells.
 * @throws ArgumentRefused for a topic without runs: nothing on it is ever archived.
 */
export async function planTruncate(
  ports: CutPorts & { timing: Pick<Timing, 'now'> },
  projection: Projection,
  { approval, partitions: asked, nowMs, share, measured, signal }: TruncateRequest,
): Promise<OperationPlanned> {
  checkHasRuns(projection);
  const meant = partitionsIn(projection, asked);
  const present = await readPresent(ports.log, ports.store, projection, meant);
  const began = ports.timing.now();
  const partitions: StoredPartitionPlan[] = [];
  let looked = 0;
  for (const { partition, checkpoint, end } of present.partitions) {
    if (checkpoint === null) continue;
    const { views, role, decider } = checkpoint;
    const cut = await logCutOf(ports, projection, partition, { nowMs, signal });
    const { start, to, records, bytes, streams } = cut;
    looked += cut.readRecords;
    partitions.push({
      ...{ partition, from: start, to, read_from: start, streams, records, bytes },
      // What is given up is read once more before, and nothing behind it.
      ...{ read_records: records, log_start: start, log_end: end, views, role, decider },
      held_by: { ...cut.heldBy },
    });
  }
  const { streams, records, bytes, readRecords } = totalOf(
    partitions.map((one) => ({ ...NO_AMOUNTS, ...one, readRecords: one.read_records })),
  );
  const ms = ((ports.timing.now() - began) * readRecords) / Math.max(1, looked);
  const reading = { readRecords, ms, share: share ?? SHARE_DEFAULT };
  const seconds = rereadSeconds(reading, measured);
  return {
    verb: 'truncate',
    projection: projection.name,
    arguments: { target: 'log-head' },
    plan: {
      ...{ generation: present.generation, partition_count: present.partitionCount },
      ...{ streams, records, bytes, read_records: readRecords },
      records_per_second: recordsPerSecond(readRecords, seconds),
      eta_seconds: seconds,
      not_folded: present.partitions
        .filter(({ checkpoint }) => checkpoint === null)
        .map(({ partition }) => partition),
      partitions,
    },
    approval,
    ...(share === null ? {} : { share }),
  };
}

/** What keeps the log, in words. */
export function holdText(hold: Hold): string {
  switch (hold.reason) {
    case 'stream':
      return `${hold.stream}, which begins at ${hold.offset}`;
    case 'parted':
      return `${hold.stream}, which begins at ${hold.offset} and must not be parted`;
    case 'not_folded':
      return `generation ${hold.generation}, which is folded up to ${hold.offset}`;
    case 'recent': {
      const whose = hold.generation === undefined ? '' : ` for generation ${hold.generation}`;
      return `records that are younger than a day${whose}, from ${hold.offset} on`;
    }
  }
}

/** What a partition gives up: everything in [start, to). */
export interface Truncation extends CutAmounts {
  start: Offset;
  to: Offset;
}

/** What a partition of a plan gives up; null: the plan is about something else. */
export function truncationOf(
  { verb, plan }: OperationPlanned,
  partition: number,
): Truncation | null {
  const found = plan.partitions.find((one) => one.partition === partition);
  if (verb !== 'truncate' || found === undefined) return null;
  const { from, to, streams, records, bytes } = found as StoredPartitionPlan;
  return { start: from, to, streams, records, bytes };
}

/** Why a plan is not carried out: something needs what it gives up, or that is not what it was; null: nothing changed. */
export function cutHindrance(planned: Truncation, found: CutCheck): string | null {
  if (found.heldBy !== null) return `held back by ${holdText(found.heldBy)}`;
  const amounts = ({ start, records, bytes, streams }: Omit<Truncation, 'to'>): string =>
    `${records} records of ${bytes} bytes and the beginning of ${streams} streams from ${start} on`;
  if (amounts(found) === amounts(planned)) return null;
  return `the log has ${amounts(found)} before ${planned.to} by now, and the plan says ${amounts(planned)}`;
}
