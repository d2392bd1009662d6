import { fc } from '@refold/test-kit/properties';
import { partitionOf, type StreamKind } from '@refold/contracts';

/** A record that is to be placed on a partition, and the broker's clock when it lands. */
export interface Placed {
  partition: number;
  key: string | null;
  value: string | null;
  timestamp: number;
}

type Written = Pick<Placed, 'key' | 'value'>;

export const PARTITIONS = 2;
const HOUR = 3_600_000;

/** Picks that are mostly ordinary and now and then hostile. */
const mostly = <T>(ordinary: fc.Arbitrary<T>, hostile: fc.Arbitrary<T>, weight = 12) =>
  fc.oneof({ weight, arbitrary: ordinary }, { weight: 1, arbitrary: hostile });

const text = fc.constantFrom('', ' ', 'a', 'longer text', 'ü€😀', 'x'.repeat(600));

/** Names that UTF-8 would make one, and names with what no header may hold. */
const unnameable = fc.constantFrom('g\ud800', 'g\ud801', '\u0000', 'g\u0085', 'a\nb', '\udfffg');

const anyData: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(2 ** 53, -(2 ** 60), 1e300, -0, [[2 ** 54]], '__proto__'),
  fc.constant(JSON.parse('{"__proto__":{"status":"failed"},"constructor":1}')),
);

const usage = fc.record(
  {
    input_tokens: fc.constantFrom<unknown>(0, 7, -1, 1.5, null, '3'),
    cost: fc.constantFrom<unknown>(0, 0.1, '0.25', '-1', 'x', null, 1e21),
    currency: fc.constantFrom<unknown>('USD', 'no such currency', null),
  },
  { requiredKeys: [] },
);

const members = fc.record(
  {
    status: fc.constantFrom<unknown>('succeeded', 'failed', 'canceled', 'cancelled', 'running', 7),
    role: fc.constantFrom<unknown>('user', '', ' ', null, 4),
    content: fc.constantFrom<unknown>('hi', null, { parts: [1] }),
    tool_call_id: fc.constantFrom<unknown>('c1', '', null),
    tool_name: fc.constantFrom<unknown>('ls', ' ', 3),
    text,
    reason: fc.oneof(text, fc.constant(5)),
    title: text,
    labels: fc.constantFrom<unknown>(
      { a: 'b' },
      { a: '\ud800' },
      { '\ud800': 'b' },
      { a: 1 },
      ['a'],
      null,
    ),
    owner_user_id: fc.constantFrom<unknown>(1, 2, 0, '1', null),
    owner_guest_scope: mostly(fc.constantFrom<unknown>('g', ' g ', ' ', null), unnameable),
    thread_id: mostly(fc.constantFrom<unknown>('t', '', null), unnameable),
    workspace_ref: mostly(fc.constantFrom<unknown>('w', '', null), unnameable),
    tenant: fc.constantFrom<unknown>('t', 'a/b', null),
    metadata_patch: fc.constantFrom<unknown>({ a: 1 }, [1], null),
    usage: fc.oneof(usage, fc.constant(1)),
  },
  { requiredKeys: [] },
);

const runTypes = [
  'run.started',
  'run.created',
  'run.finished',
  'run.finished',
  'run.cancel_requested',
  'run.archived',
  'run.archived',
  'run.archived',
  'run.archived',
  'run.message',
  'run.delta',
  'tool.call',
  'tool.result',
  'my.own',
  'worker.started',
];
const workerTypes = [
  'worker.started',
  'worker.heartbeat',
  'worker.starting',
  'worker.running',
  'worker.stopping',
  'worker.stopped',
  'worker.failed',
  'worker.event',
  'worker.request.received',
  'worker.response',
  'run.started',
];

const operationTypes = [
  'operation.planned',
  'operation.approved',
  'operation.started',
  'operation.partition_finished',
  'operation.cancel_requested',
  'operation.finished',
  'operation.finished',
  'my.own',
];
const TYPES: Record<StreamKind, string[]> = {
  run: runTypes,
  worker: workerTypes,
  operation: operationTypes,
};

const operationMembers = fc.record(
  {
    verb: fc.constantFrom<unknown>('rewind', 'repair', 'Rewind', '', null),
    projection: fc.constantFrom<unknown>('runs', 7),
    approval: fc.constantFrom<unknown>('required', 'required', 'not_required', 'maybe'),
    arguments: fc.constantFrom<unknown>({ to: 'earliest' }, [], null),
    plan: fc.constantFrom<unknown>(
      { records: 1, streams: 1, bytes: 9, partitions: [{ partition: 0, to: 4 }] },
      { records: 0, streams: 0, bytes: 0, partitions: [] },
      { records: 0, streams: 0, bytes: 0, partitions: [{ partition: 1000 }] },
      { records: 0, streams: 0, partitions: [] },
    ),
    partition: fc.constantFrom<unknown>(0, 1, 999, 1000, '0'),
    outcome: fc.constantFrom<unknown>('done', 'failed', 'canceled', 'lost'),
    streams: fc.constantFrom<unknown>(0, 3, -1),
    replaced: fc.constantFrom<unknown>(0, 2, 0.5),
    records: fc.constantFrom<unknown>(0, 40, null),
    error: fc.oneof(text, fc.constant(5)),
  },
  { requiredKeys: ['plan', 'partition', 'outcome', 'approval', 'verb', 'projection'] },
);

const planned = (approval: string) => ({
  verb: 'rewind',
  projection: 'runs',
  approval,
  plan: { records: 0, streams: 0, bytes: 0, partitions: [] },
});

const validData: Record<string, unknown> = {
  'operation.planned': planned('required'),
  'operation.partition_finished': {
    partition: 1,
    outcome: 'done',
    streams: 2,
    replaced: 2,
    records: 5,
  },
  'operation.finished': { outcome: 'done' },
  'run.finished': { status: 'succeeded' },
  'run.message': { role: 'user', content: 'hi' },
  'tool.call': { tool_call_id: 'c', tool_name: 'ls', input: null },
  'tool.result': { tool_call_id: 'c' },
};

/** Absent five times out of six. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const envelope = (kind: StreamKind) =>
  fc.constantFrom(...TYPES[kind]).chain((type) =>
    fc.record({
      specversion: mostly(fc.constant('1.0'), fc.constant('0.3'), 60),
      refoldversion: mostly(fc.constant<unknown>(1), fc.constantFrom<unknown>(0, '1', 1.5), 60),
      id: mostly(
        fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
        fc.oneof(text, unnameable),
        40,
      ),
      source: mostly(fc.constantFrom('p', 'q'), fc.oneof(fc.constant(''), unnameable), 60),
      type: mostly(fc.constant(type), unnameable, 150),
      subject: mostly(
        fc.constantFrom(`${kind}/1`, `${kind}/2`, `${kind}/3`),
        fc.constantFrom('run/', 'worker/1', 'graph/1', `${kind}/a b`, 'x'),
        40,
      ),
      data: fc.oneof(
        { weight: 4, arbitrary: fc.constant(validData[type] ?? null) },
        { weight: 3, arbitrary: kind === 'operation' ? operationMembers : members },
        { weight: 1, arbitrary: anyData },
      ),
      idempotencykey: seldom(
        mostly(fc.constantFrom('k', 'l'), fc.oneof(fc.constant(''), unnameable), 40),
      ),
      expectedseq: seldom(fc.constantFrom(0, 1, 2, 3)),
      appendonly: seldom(fc.boolean()),
      principal: seldom(
        mostly(
          fc.constantFrom('user:1', 'guest:g', 't/user:1', 't/x', 't/', 'else'),
          unnameable,
          40,
        ),
      ),
      bound: seldom(fc.boolean()),
      schemaversion: seldom(mostly(fc.constant(1), fc.constantFrom(0, 2), 400)),
      replyto: fc.constant('door'),
    }),
  );

/** A claim with arrays inside arrays: 64 levels are legal, more are not, many would overflow a stack. */
const nested = (kind: string, levels: number): string =>
  `{"specversion":"1.0","refoldversion":1,"id":"n${levels}","source":"p","type":"my.own",` +
  `"subject":"${kind}/1","replyto":"door","data":${'['.repeat(levels)}${']'.repeat(levels)}}`;

const foreign = (kind: string) =>
  fc.constantFrom<Written>(
    { key: '1', value: null },
    { key: null, value: 'no json' },
    { key: '1', value: '[]' },
    { key: '1', value: 'null' },
    { key: '1', value: '{"refoldversion":1}' },
    { key: '1', value: '{"specversion":"1.0","type":"somebody.else"}' },
    { key: '1', value: nested(kind, 64) },
    { key: '1', value: nested(kind, 65) },
    { key: '1', value: nested(kind, 100_000) },
  );

const claim = (kind: StreamKind) =>
  fc.tuple(envelope(kind), fc.nat(60)).map(([fields, slip]): Written => {
    const id = fields.subject.slice(fields.subject.indexOf('/') + 1);
    return { key: slip === 0 ? 'slipped' : id, value: JSON.stringify(fields) };
  });

/** Sends something new, or something sent before: as it was, or with other data. */
const step = (kind: StreamKind) =>
  fc.record({
    fresh: mostly(claim(kind), foreign(kind), 15),
    again: fc.option(fc.nat(), { freq: 2 }),
    changed: mostly(fc.constant(false), fc.constant(true), 5),
    slip: fc.nat(80),
    pause: fc.constantFrom(0, 0, 0, 1, 5, 1000, 13 * HOUR, 24 * HOUR, -1, -HOUR),
  });

/**
 * Logs that a stranger with write permission could produce: bytes of anybody, claims with every
 * attribute wrong now and then, copies of earlier records, few streams and few identities so that
 * they meet again, and a clock that jumps by hours and steps back.
 */
export const hostileLog = (kind: StreamKind): fc.Arbitrary<Placed[]> =>
  fc.array(step(kind), { minLength: 1, maxLength: 60, size: 'max' }).map((steps) => {
    let clock = 1_700_000_000_000;
    const sent: Written[] = [];
    return steps.map(({ fresh, again, changed, slip, pause }) => {
      clock += pause;
      const earlier = again === null ? undefined : sent[again % sent.length];
      const { key, value } = earlier ?? fresh;
      const edited = changed ? (value?.replace('"data":', '"data":1,"was":') ?? null) : value;
      sent.push({ key, value });
      const home = partitionOf(key ?? '', PARTITIONS);
      return { key, value: edited, partition: slip === 0 ? 1 - home : home, timestamp: clock };
    });
  });
