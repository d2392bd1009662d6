import { createHash } from 'node:crypto';
import type { JsonValue } from '@refold/contracts';

/** An event as every example producer reads it from its file: what varies of a record. */
export interface ProducerEvent {
  subject: string;
  id: string;
  type: string;
  idempotencykey: string;
  expectedseq?: number;
  appendonly?: true;
  data: JsonValue;
}

type Pick = <T>(items: readonly T[]) => T;
type Members = { [member: string]: JsonValue };

/** Numbers from 0 up to `below`, the same for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** A UUIDv8 that ingest takes as the event's own ID, so that it is the same by whatever way it came. */
function idOf(seed: number, number: number): string {
  const hex = createHash('sha256').update(`${seed}/${number}`).digest('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(12, 15)}`];
  return [...parts, `a${hex.slice(15, 18)}`, hex.slice(18, 30)].join('-');
}

const TEXTS = [
  'plain',
  'Grüße aus Köln',
  'ラン 42 ✓ 🌍',
  'quotes " and \\ and </script> & \u2028',
  'line\nfeed\ttab \u0001',
  '',
];
const NUMBERS = [0, 1, -1, 0.1, 1e-7, 15e9, 9007199254740991, -9007199254740991, 12.5];

/** Events of a run besides its first and its last. Members stand in no particular order on purpose. */
const RUN_EVENTS: readonly ((pick: Pick, n: number) => [string, JsonValue])[] = [
  (pick) => ['run.delta', { text: pick(TEXTS) }],
  (pick, n) => ['text.delta', { z: n, delta: pick(TEXTS), a: null }],
  (pick, n) => [
    'run.message',
    {
      role: pick(['user', 'assistant']),
      content: { text: pick(TEXTS), parts: [pick(TEXTS), n, { deep: [[[pick(NUMBERS)]]] }] },
      usage: { model: 'm-1', input_tokens: n % 100, output_tokens: 3, cost: '0.0125' },
    },
  ],
  (pick, n) => ['tool.call', { tool_call_id: `c-${n}`, tool_name: 'ls', input: [pick(TEXTS)] }],
  (pick, n) => ['tool.progress', { tool_call_id: `c-${n - 1}`, progress: pick(NUMBERS) }],
  (pick, n) => [
    'tool.result',
    { tool_call_id: `c-${n - 2}`, output: { ok: true, at: pick(NUMBERS) } },
  ],
  () => ['policy.decision', { decision: 'allow' }],
  () => ['run.step.completed', null],
  (_pick, n) => ['run.frame_consumed', { frame_id: `f-${n}`, frame_type: 'input' }],
  (pick, n) => ['acme.metric', { value: pick(NUMBERS), text: 'x'.repeat(n % 2_000), '': [] }],
  (pick) => ['acme.größe', pick<JsonValue>([null, true, 'text', 7, [], {}])],
  // Refused: no role; a claim that guesses the sequence wrongly is made below.
  () => ['run.message', { content: 'no role' }],
];

const runBirth = (pick: Pick, n: number): Members => ({
  source: 'runtime',
  worker_id: `worker-${n % 7}`,
  metadata: { n, text: pick(TEXTS) },
  title: `run ${n}`,
  labels: { team: 'a', größe: pick(['s', 'm']) },
});

const WORKER_EVENTS: readonly ((n: number) => [string, JsonValue])[] = [
  (n) => ['worker.heartbeat', { metadata_patch: { beat: n } }],
  (n) => ['worker.heartbeat', { metadata_patch: { [`m${n % 5}`]: n, beat: null } }],
  () => ['worker.running', { status: 'running', reason: 'busy' }],
  () => ['worker.stopping', { status: 'stopping', reason: 'asked' }],
  () => ['worker.stopped', { status: 'stopped', reason: 'done' }],
];

interface Stream {
  subject: string;
  made: ProducerEvent[];
}

/**
 * `count` events of runs and workers, the same for the same seed: every known kind of payload, types
 * of nobody, texts beyond ASCII, one in a hundred repeated, and some that the rules refuse. Streams
 * are mixed; the order within one is that of the list.
 */
export function producerEvents(seed: number, count: number): ProducerEvent[] {
  const random = randomOf(seed);
  const pick: Pick = (items) => items[random(items.length)] as (typeof items)[number];
  const events: ProducerEvent[] = [];
  const open: Stream[] = [];
  let streams = 0;

  const birth = (stream: Stream, n: number): Partial<ProducerEvent> =>
    stream.subject.startsWith('run/')
      ? { type: 'run.started', expectedseq: 0, data: runBirth(pick, n) }
      : {
          type: 'worker.started',
          data: { status: 'running', reason: 'register', owner_user_id: 7, metadata: { n } },
        };

  const next = (stream: Stream, n: number): Partial<ProducerEvent> => {
    if (stream.made.length === 0) return birth(stream, n);
    const isRun = stream.subject.startsWith('run/');
    const ends = isRun && random(12) === 0;
    const [type, data] = isRun ? pick(RUN_EVENTS)(pick, n) : pick(WORKER_EVENTS)(n);
    if (ends) {
      const status = pick(['succeeded', 'failed', 'canceled']);
      return { type: 'run.finished', appendonly: true, data: { status } };
    }
    const guess = isRun && random(50) === 0 ? { expectedseq: random(4) } : {};
    return { type, appendonly: true, ...guess, data };
  };

  for (let n = 0; n < count; n++) {
    if (open.length < 20 || random(15) === 0) {
      const kind = streams % 25 === 3 ? 'worker' : 'run';
      open.push({ subject: `${kind}/${kind}-${seed}:${streams++}`, made: [] });
      if (open.length > 60) open.splice(random(20), 1);
    }
    const stream = pick(open);
    const again = stream.made.length > 0 && random(100) === 0 ? pick(stream.made) : null;
    if (again !== null) {
      events.push(again);
      continue;
    }
    const id = idOf(seed, n);
    const made = { subject: stream.subject, id, idempotencykey: id, ...next(stream, n) };
    const { type = '', data = null, ...rest } = made;
    const event: ProducerEvent = { ...rest, type, data };
    stream.made.push(event);
    events.push(event);
  }
  return events;
}
