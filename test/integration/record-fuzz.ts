import { isDeepStrictEqual } from 'node:util';
import {
  encodeEnvelope,
  envelopeSchema,
  findJsonFault,
  partitionOf,
  readEncodedEnvelope,
} from '@refold/contracts';
import type { JsonValue } from '@refold/contracts';
import { ProjectionReader, slotOf } from '@refold/pipeline';
import type { DeadLetter, EventLog, Projection, ViewStore } from '@refold/pipeline';
import { modelOf, type Random } from '@refold/test-kit';
import { recordsOf } from '../end-to-end/support/oracle.js';

/** Bytes of one read: several reads for each partition. */
export const READ_BYTES = 20_000;

/** Bytes to be put on a partition. */
export interface FuzzRecord {
  partition: number;
  key: Buffer | null;
  value: Buffer;
}

const STREAMS = 6;

const EVENTS: readonly [type: string, data: JsonValue][] = [
  ['run.started', { title: 'fuzz', labels: { a: 'b' } }],
  ['run.message', { role: 'user', content: 'héllo ✓ 😀' }],
  ['tool.call', { tool_call_id: 'c1', tool_name: 'look', input: { path: '/', depth: 3 } }],
  ['tool.result', { tool_call_id: 'c1', output: [1, 2.5, null, true] }],
  ['run.delta', { delta: 'text', usage: { input_tokens: 12, cost: '0.25', currency: 'USD' } }],
  ['my.own', { anything: { nested: [[['deep']]] } }],
  ['run.finished', { status: 'succeeded' }],
];

const goodValue = (runId: string, n: number, random: Random): string => {
  const [type, data] = n < STREAMS ? EVENTS[0]! : random.pick(EVENTS.slice(0, 6));
  return encodeEnvelope({
    id: `e-${n}`,
    source: 'urn:fuzz',
    type,
    subject: `run/${runId}`,
    ...(random.chance(0.3) ? { idempotencykey: `k-${n}` } : {}),
    ...(random.chance(0.1) ? { expectedseq: random.int(0, 9) } : {}),
    ...(random.chance(0.2) ? { principal: 'user:1', replyto: 'door' } : {}),
    data,
  });
};

const NUMBERS = ['1e999', '-1e999', '9007199254740993', '-0', '1e-400', '0.1e1', '01', '1E+2'];
const TEXTS = ['"\\ud800"', '"\\u0000"', '"__proto__"', '{"__proto__":1}', '"\ufeff"', 'NaN'];

type Mutation = (value: Buffer, random: Random, other: Buffer) => Buffer;

const inserted = (value: Buffer, at: number, part: Uint8Array): Buffer =>
  Buffer.concat([value.subarray(0, at), part, value.subarray(at)]);

const noise = (random: Random, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => random.int(0, 255)));

const replaced = (value: Buffer, pattern: RegExp, by: string): Buffer =>
  Buffer.from(value.toString().replace(pattern, () => by));

const MUTATIONS: Record<string, Mutation> = {
  bits(value, random) {
    const bytes = Buffer.from(value);
    for (let left = random.int(1, 4); left > 0; left--) {
      const at = random.int(0, bytes.length - 1);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.int(0, 7)), at);
    }
    return bytes;
  },
  cut: (value, random) => value.subarray(0, random.int(0, value.length - 1)),
  repeated(value, random) {
    const at = random.int(0, value.length - 1);
    return inserted(value, at, value.subarray(at, at + random.int(1, 80)));
  },
  spliced: (value, random, other) =>
    Buffer.concat([
      value.subarray(0, random.int(1, value.length)),
      other.subarray(random.int(0, other.length - 1)),
    ]),
  'not UTF-8': (value, random) =>
    inserted(value, random.int(0, value.length), noise(random, random.int(1, 6))),
  deep(value, random) {
    const levels = random.pick([63, 64, 65, 2_000, 100_000]);
    return replaced(value, /"data":.*\}$/s, `"data":${'['.repeat(levels)}${']'.repeat(levels)}}`);
  },
  number: (value, random) => replaced(value, /:\d+|:"/, `:${random.pick(NUMBERS)}`),
  text: (value, random) => replaced(value, /:"[^"]*"/g, `:${random.pick(TEXTS)}`),
  'member twice': (value, random) =>
    replaced(value, /,"/, `,${random.pick(['"id":"x"', '"type":7', '"data":1', '"": 0'])},"`),
  escaped: (value) => replaced(value, /run\./, '\\u0072un.'),
  spaced: (value, random) => inserted(value, random.int(0, value.length), Buffer.from(' \n')),
};

const KEYS: ((key: Buffer, random: Random) => Buffer | null)[] = [
  () => null,
  () => Buffer.alloc(0),
  (key) => key.subarray(1),
  (key) => Buffer.concat([key, key]),
  (_key, random) => noise(random, random.int(1, 40)),
  (_key, random) => Buffer.from(`run-${random.int(0, STREAMS - 1)}`),
];

/** Half of them as a producer writes them, some twice; half of them changed at random. */
export function fuzzRecords(count: number, partitions: number, random: Random): FuzzRecord[] {
  const written: FuzzRecord[] = [];
  let before = Buffer.from('{}');
  for (let n = 0; n < count; n++) {
    const runId = `run-${n < STREAMS ? n : random.int(0, STREAMS - 1)}`;
    const good = Buffer.from(goodValue(runId, n, random));
    const name = random.pick(Object.keys(MUTATIONS));
    const isChanged = n >= STREAMS && random.chance(0.5);
    const value = isChanged ? MUTATIONS[name]!(good, random, before) : good;
    const home = partitionOf(runId, partitions);
    const changesKey = n >= STREAMS && random.chance(0.06);
    const key = changesKey ? random.pick(KEYS)(Buffer.from(runId), random) : Buffer.from(runId);
    const partition = random.chance(0.02) ? (home + 1) % partitions : home;
    const record = random.chance(0.05)
      ? random.pick([...written, { partition, key, value }])
      : null;
    written.push(record ?? { partition, key, value });
    before = good;
  }
  return written;
}

/** What a log adapter makes of the bytes. */
export const textsOf = ({ key, value }: FuzzRecord): { key: string | null; value: string } => ({
  key: key === null ? null : key.toString(),
  value: value.toString(),
});

/** A record that says it is of a newer version stops its partition, which other tests are about. */
export function isNewer(record: FuzzRecord, partitions: number): boolean {
  const alone = Array.from({ length: partitions }, (_, partition) =>
    partition === record.partition ? [{ offset: 0, timestamp: 1, ...textsOf(record) }] : [],
  );
  return modelOf('run', alone).stoppedAt.some((offset) => offset !== null);
}

/** What the two ways to read a value disagree about; null when they agree. */
export function disagreement(value: string): string | null {
  const fast = readEncodedEnvelope(value, new Map());
  if (fast === null) return null;
  const parsed = JSON.parse(value) as unknown;
  if (!envelopeSchema.safeParse(parsed).success) return `only the fast way takes ${value}`;
  // Data that no claim may have can be nested too deep to be compared.
  const isComparable = findJsonFault((fast.data ?? null) as JsonValue) === null;
  const [slowly, quickly] = [parsed as object, fast].map((one) =>
    isComparable ? one : { ...one, data: null },
  );
  return isDeepStrictEqual(slowly, quickly) ? null : `the fast way reads ${value} differently`;
}

/** What the fold and the independent model disagree about, as sentences; and how many dead letters there are. */
export async function compareWithModel(
  log: EventLog,
  store: ViewStore,
  projection: Projection,
): Promise<{ faults: string[]; letters: number; accepted: number }> {
  const model = modelOf('run', await recordsOf(log, projection));
  const reader = new ProjectionReader(store, projection);
  const faults: string[] = [];
  let letters = 0;
  let accepted = 0;
  for (const [partition, verdicts] of model.verdicts.entries()) {
    const slot = slotOf(projection, partition);
    const { results } = await store.read(slot, [{ kind: 'fields', name: 'dead-letters' }]);
    const listed = [...results[0]].map(([, text]) => JSON.parse(text) as DeadLetter);
    const expected = [...verdicts].filter(([, { kind }]) => kind === 'dead_letter');
    const found = listed.map(({ offset }) => offset).sort((a, b) => a - b);
    if (
      !isDeepStrictEqual(
        found,
        expected.map(([offset]) => offset),
      )
    ) {
      faults.push(`partition ${partition}: dead letters at ${found.join()}`);
    }
    for (const { offset, reason } of listed) {
      if (reason.length < 10) faults.push(`${partition}/${offset}: no reason`);
    }
    letters += listed.length;
  }
  for (const [subject, stream] of model.streams) {
    accepted += stream.seq;
    const { document } = await reader.document('run', subject.slice('run/'.length));
    const told = [document?.state?.seq, document?.state?.status, document?.state?.chain].join(' ');
    const wanted = [stream.seq, stream.status, stream.chain].join(' ');
    if (told !== wanted) faults.push(`${subject}: folded ${told}, model ${wanted}`);
    if (document?.parked !== null) faults.push(`${subject} is parked`);
  }
  return { faults, letters, accepted };
}
