import { homePartition } from './home-partition.js';
import { isKnownType, isName } from './event-shapes.js';

/** A record as it stands on a partition. `unfit`: why it must not be folded. */
export interface ModelRecord {
  offset: number;
  key: string | null;
  value: string | null;
  timestamp: number;
  unfit?: string;
}

/** A record that claims something about a stream. */
export interface ModelClaim {
  subject: string;
  kind: string;
  source: string;
  id: string;
  type: string;
  version: number;
  data: unknown;
  expected: number | null;
  appendOnly: boolean;
  key: string | null;
  principal: string | null;
  bound: boolean;
}

/** A record that selects the version of the rules; `history` is what it says came before it. */
export interface ModelChange {
  decider: number;
  history: unknown[];
}

/**
 * A record that leaves a claim of the same stream out, or that says that an operation does so no more: where that stands,
 * and whose it says it is.
 */
export interface ModelSkip {
  isWithdrawal: boolean;
  operation: string | null;
  subject: string;
  offset: number;
  source: string;
  id: string;
}

/** `stop`: ours, but newer than this model; the partition ends before it. */
export type Reading =
  { claim: ModelClaim } | { rules: ModelChange } | { skip: ModelSkip } | 'dead_letter' | 'stop';

const isText = (value: unknown, max: number, min = 1): boolean =>
  typeof value === 'string' && value.length >= min && value.length <= max && isName(value);

const isCount = (value: unknown, min: number): boolean =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= 2 ** 31 - 1;

const ATTRIBUTES: Record<string, (value: unknown) => boolean> = {
  specversion: (v) => v === '1.0',
  refoldversion: (v) => v === 1,
  id: (v) => isText(v, 256),
  source: (v) => isText(v, 256),
  type: (v) => isText(v, 120),
  subject: (v) => isText(v, 160, 3),
};

const OPTIONAL_ATTRIBUTES: Record<string, (value: unknown) => boolean> = {
  time: (v) => typeof v === 'string',
  datacontenttype: (v) => v === 'application/json',
  idempotencykey: (v) => isText(v, 255),
  expectedseq: (v) => isCount(v, 0),
  appendonly: (v) => typeof v === 'boolean',
  principal: (v) => isText(v, 256),
  bound: (v) => typeof v === 'boolean',
  replyto: (v) => isText(v, 128),
  traceparent: (v) => isText(v, 128, 0),
  schemaversion: (v) => isCount(v, 1),
};

function parseObject(text: string | null): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && !Array.isArray(value) ? (value as never) : null;
  } catch {
    return null;
  }
}

const isEnvelope = (value: Record<string, unknown>): boolean =>
  Object.entries(ATTRIBUTES).every(([name, check]) => check(value[name])) &&
  Object.entries(OPTIONAL_ATTRIBUTES).every(
    ([name, check]) => value[name] === undefined || check(value[name]),
  );

/** Where a record stands: which partition of how many, on a topic for which kind of streams. */
export interface Place {
  kind: string;
  partition: number;
  partitions: number;
}

/** What a record is, before anybody judges it. */
export function readRecord(record: ModelRecord, place: Place): Reading {
  const value = record.unfit === undefined ? parseObject(record.value) : null;
  if (value === null) return 'dead_letter';
  const envelope = value['refoldversion'];
  if (Number.isInteger(envelope) && (envelope as number) > 1) return 'stop';
  if (!isEnvelope(value)) return 'dead_letter';
  const type = value['type'] as string;
  if (type === 'rules.changed') {
    const isHome =
      record.key !== null && homePartition(record.key, place.partitions) === place.partition;
    return isHome ? readRules(value['data']) : 'dead_letter';
  }
  const [, kind, id] =
    /^(run|worker|operation)\/([A-Za-z0-9._:-]{1,128})$/.exec(value['subject'] as string) ?? [];
  if (kind !== place.kind || id === undefined || record.key !== id) return 'dead_letter';
  if (homePartition(id, place.partitions) !== place.partition) return 'dead_letter';
  if (type === 'claim.skipped') return readSkip(value, record.offset, false);
  if (type === 'claim.skip_withdrawn') return readSkip(value, record.offset, true);
  const claim = claimOf(kind, value);
  return claim.version > 1 && isKnownType(kind, type) ? 'stop' : { claim };
}

const claimOf = (kind: string, value: Record<string, unknown>): ModelClaim => ({
  subject: value['subject'] as string,
  kind,
  source: value['source'] as string,
  id: value['id'] as string,
  type: value['type'] as string,
  version: (value['schemaversion'] as number | undefined) ?? 1,
  data: value['data'] ?? null,
  expected: (value['expectedseq'] as number | undefined) ?? null,
  appendOnly: value['appendonly'] === true,
  key: (value['idempotencykey'] as string | undefined) ?? null,
  principal: (value['principal'] as string | undefined) ?? null,
  bound: value['bound'] === true,
});

function readRules(data: unknown): Reading {
  const { decider, history } = (data ?? {}) as Record<string, unknown>;
  const isOurs = isCount(decider, 1) && Array.isArray(history);
  return isOurs ? { rules: { decider: decider as number, history } } : 'dead_letter';
}

function readSkip(value: Record<string, unknown>, at: number, isWithdrawal: boolean): Reading {
  const { offset, source, id, operation } = (value['data'] ?? {}) as Record<string, unknown>;
  const isBefore =
    Number.isSafeInteger(offset) && (offset as number) >= 0 && (offset as number) < at;
  const isNamed =
    (operation == null && !isWithdrawal) ||
    (typeof operation === 'string' && /^[A-Za-z0-9._:-]{1,128}$/.test(operation));
  if (!isBefore || !isText(source, 256) || !isText(id, 256) || !isNamed) return 'dead_letter';
  const subject = value['subject'] as string;
  const claim = { offset: offset as number, source: source as string, id: id as string };
  return { skip: { isWithdrawal, operation: operation ?? null, subject, ...claim } };
}
