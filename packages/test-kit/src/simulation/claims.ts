import type { EnvelopeFields, JsonValue } from '@refold/contracts';
import type { Random } from './random.js';

/** The kinds of streams that clients write to. */
export type ClientKind = 'run' | 'worker';

/** A claim that a client makes; `fields` without what the door adds. */
export interface ClientClaim {
  kind: ClientKind;
  streamId: string;
  fields: Omit<EnvelopeFields, 'replyto' | 'traceparent'>;
  /** The door made the ID: nobody repeats the claim before it was answered. */
  ownId: boolean;
}

/** What clients believe: the streams there are, and the last seq they were told. */
export interface ClientMemory {
  readonly streams: readonly { kind: ClientKind; streamId: string }[];
  readonly lastSeq: ReadonlyMap<string, number>;
  /** Claims made before, to be repeated. */
  readonly made: readonly ClientClaim[];
  /** New for every claim, so that an ID is new unless it is meant to be old. */
  readonly number: number;
}

const RUN_EVENTS: readonly ((n: number) => [string, JsonValue])[] = [
  () => ['run.started', null],
  (n) => ['run.created', { title: `t${n}`, worker_id: `w${n % 2}` }],
  (n) => ['run.started', { owner_user_id: 1 + (n % 2) }],
  (n) => ['run.delta', { text: `piece ${n}` }],
  (n) => ['run.message', { role: 'user', content: `m${n}`, usage: { input_tokens: n } }],
  (n) => ['tool.call', { tool_call_id: `c${n}`, tool_name: 'ls' }],
  () => ['run.cancel_requested', null],
  () => ['run.finished', { status: 'succeeded' }],
  () => ['run.finished', { status: 'canceled' }],
  (n) => ['my.event', { n }],
  () => ['run.message', { content: 'no role' }],
  () => ['run.delta', { n: 2 ** 53 }],
];

const WORKER_EVENTS: readonly ((n: number) => [string, JsonValue])[] = [
  () => ['worker.started', null],
  (n) => ['worker.started', { owner_user_id: 1 + (n % 2), metadata: { n } }],
  (n) => ['worker.heartbeat', { metadata_patch: { n } }],
  (n) => ['worker.heartbeat', { metadata_patch: { m: n } }],
  () => ['worker.stopping', null],
  () => ['worker.stopped', { reason: 'done' }],
  () => ['worker.running', null],
  (n) => ['worker.event', { n }],
];

const BEGINNINGS = { run: 'run.started', worker: 'worker.started' } as const;
const PRINCIPALS = ['user:1', 'user:2', 'mallory'];

function freshClaim(random: Random, memory: ClientMemory): ClientClaim {
  const { kind, streamId } = random.pick(memory.streams);
  const subject = `${kind}/${streamId}`;
  const number = memory.number;
  const isKnown = memory.lastSeq.has(subject);
  const [type, data] = random.pick(kind === 'run' ? RUN_EVENTS : WORKER_EVENTS)(number);
  const begins = !isKnown && random.chance(0.5);
  const fields: ClientClaim['fields'] = {
    id: `id-${number}`,
    source: random.pick(['a', 'b']),
    type: begins ? BEGINNINGS[kind] : type,
    subject,
    data: begins ? null : data,
  };
  // A beginning that would be refused; where the run is over, it is archived instead.
  if (isKnown && type === 'run.created' && number % 2 === 1) {
    fields.type = 'run.archived';
    fields.data = null;
  }
  if (random.chance(0.25)) fields.expectedseq = expectedSeq(random, memory, subject);
  if (random.chance(0.2)) fields.principal = random.pick(PRINCIPALS);
  // By its number, so that what seeds lead to stays what it was.
  if (fields.principal !== undefined && number % 3 === 1) fields.bound = true;
  if (fields.data !== null && number % 29 === 5) fields.data = { owner_guest_scope: 'g\ud800' };
  if (random.chance(0.1)) fields.appendonly = true;
  if (random.chance(0.2)) fields.idempotencykey = `key-${number}`;
  if (random.chance(0.01)) fields.data = { text: 'x'.repeat(5000) };
  const ownId = fields.idempotencykey === undefined && number % 3 === 0;
  return { kind, streamId, fields, ownId };
}

const expectedSeq = (random: Random, memory: ClientMemory, subject: string): number =>
  Math.max(0, (memory.lastSeq.get(subject) ?? 0) + random.pick([0, 0, 0, 0, 1, -1]));

/** Another literal that is the same number once it is parsed. */
const BIG: readonly JsonValue[] = [{ n: 2 ** 53 }, { n: -(2 ** 60) }];

/** The same identity once more, as it was or changed. */
function repeatedClaim(random: Random, memory: ClientMemory): ClientClaim {
  const before = { ...random.pick(memory.made), ownId: false };
  const fields = { ...before.fields };
  const other = random.pick(memory.streams);
  switch (random.int(0, 9)) {
    case 0:
      return { ...before, fields: { ...fields, data: { text: `other ${memory.number}` } } };
    case 1:
      return { ...before, fields: { ...fields, expectedseq: random.int(0, 5) } };
    case 2:
      return { ...before, fields: { ...fields, source: fields.source === 'a' ? 'b' : 'a' } };
    case 3:
      return { ...before, fields: { ...fields, principal: random.pick(PRINCIPALS) } };
    case 4:
      return {
        ...other,
        ownId: false,
        fields: { ...fields, subject: `${other.kind}/${other.streamId}` },
      };
    case 5:
      return { ...before, fields: { ...fields, data: random.pick(BIG) } };
    default:
      return { ...before, fields };
  }
}

/** What a client asks for next: something new, or something it may have asked for before. */
export function nextClaim(random: Random, memory: ClientMemory): ClientClaim {
  const repeats = memory.made.length > 0 && random.chance(0.4);
  return repeats ? repeatedClaim(random, memory) : freshClaim(random, memory);
}
