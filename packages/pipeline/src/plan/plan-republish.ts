import { createHash } from 'node:crypto';
import { envelopeSchema, parseSubject, partitionOf } from '@refold/contracts';
import type { OperationApproval, OperationPlanned } from '@refold/contracts';
import { decodeRecord } from '../fold/decode.js';
import { OffsetOutOfRange } from '../ports/event-log.js';
import type { Offset, OutgoingRecord } from '../ports/event-log.js';
import type { Projection } from '../projection.js';
import { listedLetter } from '../read/listed-letters.js';
import type { ListedLetter } from '../read/listed-letters.js';
import { LiveReads } from '../read/live-reads.js';
import { PlanRefused } from './plan-refused.js';
import type { PlanPorts } from './plan-partition.js';
import { readPresent } from './present.js';
import type { LetterRecord, StoredPartitionPlan } from './planned-operation.js';

/** A dead letter by its place, and the record that is written for it; the same one when absent. */
export interface LetterArguments {
  target: 'letter';
  partition: number;
  offset: Offset;
  record?: { key?: string | undefined; value: Record<string, unknown> } | undefined;
}

/** What to do about a letter that is no event. */
const MEND =
  'Look at it with refold dead-letters show, write the record that takes its place into a file, and give that with --record FILE (over HTTP: arguments.record.value).';

type Members = Record<string, unknown>;

function parsed(value: string | null): Members | null {
  try {
    const json: unknown = JSON.parse(value ?? '');
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Members)
      : null;
  } catch {
    return null;
  }
}

/** A dead letter with the text that stands at its place; null: the log no longer has it. */
export async function letterAt(
  { log, store }: PlanPorts,
  projection: Projection,
  partition: number,
  offset: Offset,
): Promise<{ letter: ListedLetter; value: string | null } | null> {
  const letter = await listedLetter(new LiveReads(store, projection), partition, offset);
  if (letter === null) return null;
  try {
    const { records } = await log.read(projection.topic, partition, offset, 1);
    const [record] = records;
    return { letter, value: record?.offset === offset ? record.value : null };
  } catch (error) {
    if (error instanceof OffsetOutOfRange) return { letter, value: null };
    throw error;
  }
}

/**
 * The record as it is to be written, by the same rules by which it is read. What operators did is told by
 * nobody else: an event of an operation is refused.
 * @throws PlanRefused for one that would be a dead letter again, or that says how others are judged
 */
function recordOf(
  projections: readonly Projection[],
  place: number,
  value: Members,
  key: string | undefined,
): LetterRecord {
  const refused = (why: string): PlanRefused =>
    new PlanRefused(place, 'not_an_event', `The record cannot be published: ${why}. ${MEND}`);
  if (!envelopeSchema.validate(value)) throw refused('it is no envelope of a record');
  const stream = parseSubject(value.subject);
  const projection = projections.find(({ kinds }) => kinds.includes(stream?.kind ?? 'run'));
  if (stream === null || projection === undefined || stream.kind === 'operation')
    throw refused('its subject names no stream: expected run/ID or worker/ID');
  const partition = partitionOf(stream.streamId, projection.partitions);
  const record = { key: key ?? stream.streamId, value: JSON.stringify(value) };
  const placed = { ...record, offset: Number.MAX_SAFE_INTEGER, timestamp: 0, leaderEpoch: 0 };
  const where = { projection, partition, streams: new Map(), texts: new Map() };
  const decoded = decodeRecord(placed, where);
  if (decoded.kind === 'dead_letter') throw refused(decoded.reason);
  if (decoded.kind !== 'claim') throw refused('it is no event');
  return {
    topic: projection.topic,
    partition,
    key: record.key,
    value: value as LetterRecord['value'],
  };
}

/** Members at the top of the envelope that are others than they were; null: the letter was no JSON object. */
function changed(before: Members | null, after: Members): string[] | null {
  if (before === null) return null;
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

/**
 * What publishing a dead letter again would do. The plan keeps the record as it will be written, and of the
 * letter its place, its digest and what was changed: the letter itself stays where it stands.
 * @throws PlanRefused
 */
export async function planRepublish(
  ports: PlanPorts,
  projections: readonly Projection[],
  projection: Projection,
  { arguments: args, approval }: { arguments: LetterArguments; approval: OperationApproval },
): Promise<OperationPlanned> {
  const { partition, offset, record: asked } = args;
  const found = await letterAt(ports, projection, partition, offset);
  if (found === null) {
    const where = `No dead letter is listed at partition ${partition} offset ${offset}: refold dead-letters list shows those that there are.`;
    throw new PlanRefused(partition, 'no_letter', where);
  }
  const { letter, value } = found;
  const before = parsed(value);
  const after = asked?.value ?? before;
  if (after === null) {
    const why = `The letter is no JSON object, and is not written once more as it stands. ${MEND}`;
    throw new PlanRefused(partition, 'not_an_event', why);
  }
  const record = recordOf(projections, partition, after, asked?.key ?? undefined);
  const present = await readPresent(ports.log, ports.store, projection, [partition]);
  const [now] = present.partitions;
  if (now?.checkpoint == null) throw new Error(`${projection.name}/${partition} is not folded`);
  const { start, end, checkpoint } = now;
  const bytes = Buffer.byteLength(record.key) + Buffer.byteLength(JSON.stringify(record.value));
  const { views, role, decider } = checkpoint;
  const planned: StoredPartitionPlan = {
    partition,
    from: offset,
    to: offset + 1,
    read_from: offset,
    streams: 1,
    records: 1,
    bytes,
    read_records: 0,
    log_start: start,
    log_end: end,
    ...{ views, role, decider },
    letter: {
      reason: letter.reason,
      bytes: letter.bytes,
      digest: value === null ? null : createHash('sha256').update(value).digest('hex'),
      changed: changed(before, after),
    },
    record,
  };
  return {
    verb: 'republish',
    projection: projection.name,
    arguments: { target: 'letter', partition, offset },
    plan: {
      generation: present.generation,
      partition_count: present.partitionCount,
      streams: 1,
      records: 1,
      bytes,
      read_records: 0,
      records_per_second: null,
      eta_seconds: 0,
      not_folded: [],
      partitions: [planned],
    },
    approval,
  };
}

/** The record that a partition of a plan has written for a dead letter; null: the plan is about something else. */
export function letterRecordOf(
  { verb, plan }: OperationPlanned,
  partition: number,
): OutgoingRecord | null {
  if (verb !== 'republish') return null;
  const found = plan.partitions.find((one) => one.partition === partition);
  const record = found?.['record'] as LetterRecord | undefined;
  return record === undefined ? null : { ...record, value: JSON.stringify(record.value) };
}
