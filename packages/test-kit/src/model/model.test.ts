import { describe, expect, it } from 'vitest';
import { hashOfKey, homePartition } from './home-partition.js';
import { modelOf, type ModelVerdict } from './model.js';
import type { ModelRecord } from './read-record.js';

const DAY = 24 * 60 * 60 * 1000;

type Fields = Record<string, unknown> & { type: string };

/** Records of one partition for stream `r`, one millisecond apart, each with an ID of its own. */
function log(...claims: (Fields & { at?: number })[]): ModelRecord[] {
  return claims.map(({ at, ...fields }, offset) => {
    const subject = (fields['subject'] as string | undefined) ?? 'run/r';
    const value = {
      specversion: '1.0',
      refoldversion: 1,
      id: `id-${offset}`,
      source: 'test',
      subject,
      data: null,
      ...fields,
    };
    const key = subject.slice(subject.indexOf('/') + 1);
    return { offset, key, value: JSON.stringify(value), timestamp: at ?? offset };
  });
}

const start = { type: 'run.started' };
const finish = (status: string): Fields => ({ type: 'run.finished', data: { status } });

const run = (...claims: Parameters<typeof log>) => {
  const model = modelOf('run', [log(...claims)]);
  const verdicts = [...(model.verdicts[0]?.values() ?? [])];
  return { verdicts, stream: model.streams.get('run/r'), model };
};

const short = (verdict: ModelVerdict): string => {
  if ('seq' in verdict) return `${verdict.kind} ${verdict.seq}`;
  if (verdict.kind !== 'rejected') return verdict.kind;
  return verdict.replayed ? `${verdict.code} again` : verdict.code;
};

const told = (...claims: Parameters<typeof log>): string[] => run(...claims).verdicts.map(short);

describe('the model', () => {
  it('counts what a run did and chains its events', () => {
    const message = { type: 'run.message', data: { role: 'user', content: 'hi' } };
    const call = { type: 'tool.call', data: { tool_call_id: 'c', tool_name: 'ls' } };
    const { stream } = run(start, message, call, message, finish('succeeded'), message);
    expect(stream).toMatchObject({
      status: 'succeeded',
      seq: 6,
      event_count: 6,
      message_count: 3,
      tool_call_count: 1,
      late_count: 1,
      created_at: 0,
      updated_at: 5,
    });
  });

  it('covers seq, type, key and data by the chain, and neither times nor offsets', () => {
    const chainOf = (...claims: Parameters<typeof log>) => run(...claims).stream?.chain;
    const plain = chainOf({ type: 'run.started', data: { a: 1 } });
    expect(plain).toMatch(/^[0-9a-f]{16}$/);
    expect(chainOf({ type: 'run.started', data: { a: 1 }, at: 99, id: 'other' })).toBe(plain);
    expect(chainOf({ type: 'run.started', data: { a: 2 } })).not.toBe(plain);
    expect(chainOf({ type: 'run.started', data: { a: 1 }, idempotencykey: 'k' })).not.toBe(plain);
    expect(chainOf({ type: 'run.created', data: { a: 1 } })).not.toBe(plain);
  });

  it('gives the first verdict again, and calls other content a conflict', () => {
    const twice = { type: 'run.delta', id: 'same', data: { text: 'a', n: 1 } };
    const swapped = { ...twice, data: { n: 1, text: 'a' } };
    const other = { ...twice, data: { text: 'b' } };
    expect(told(start, twice, swapped, other, { ...twice, source: 'else' })).toEqual([
      'accepted 1',
      'accepted 2',
      'duplicate 2',
      'idempotency_conflict',
      'accepted 3',
    ]);
  });

  it('remembers a refusal for a day of append time, also of a stream that did not exist', () => {
    const early = { type: 'run.delta', id: 'early' };
    expect(
      told(early, start, { ...early, at: DAY - 1 }, { ...early, at: DAY }, { ...early, at: 1 }),
    ).toEqual(['not_found', 'accepted 1', 'not_found again', 'accepted 2', 'duplicate 2']);
  });

  it('judges in order: owner, identity, existence, sequence, data, transition', () => {
    const owned = { type: 'run.started', data: { owner_user_id: 7 }, id: 's' };
    expect(
      told(
        { type: 'run.finished', expectedseq: 9 },
        { ...owned, expectedseq: 3, data: { owner_user_id: -1 } },
        { ...owned, id: 't', appendonly: true },
        { ...owned, id: 'u', principal: 'user:7' },
        { ...owned, id: 'u', principal: 'user:8' },
        { type: 'run.finished', principal: 'user:8' },
        { type: 'run.finished', principal: 'user:7', expectedseq: 0 },
        { type: 'run.finished', principal: 'user:7', expectedseq: 1 },
        { ...finish('succeeded'), principal: 'user:7' },
        finish('failed'),
      ),
    ).toEqual([
      'not_found',
      'sequence_conflict',
      'not_found',
      'accepted 1',
      'forbidden',
      'forbidden',
      'sequence_conflict',
      'invalid_data',
      'accepted 2',
      'invalid_transition',
    ]);
  });

  it('knows tenants, guests and streams that belong to nobody', () => {
    const by = (principal: string) => ({ type: 'run.delta', principal });
    const born = (data: object) => ({ type: 'run.started', data });
    expect(told(born({ tenant: 't' }), by('t/any'), by('u/any'), by('any')).slice(1)).toEqual([
      'accepted 2',
      'forbidden',
      'forbidden',
    ]);
    const guest = born({ tenant: 't', owner_guest_scope: ' g ' });
    expect(told(guest, by('t/guest:g'), by('guest:g')).slice(1)).toEqual([
      'accepted 2',
      'forbidden',
    ]);
    expect(told(start, by('any')).slice(1)).toEqual(['accepted 2']);
    expect(told({ ...start, principal: 'p' }, by('q')).slice(1)).toEqual(['forbidden']);
  });

  it('allows 16 of the 30 transitions of a run', () => {
    const asks = [
      start,
      { type: 'run.cancel_requested' },
      ...['succeeded', 'failed', 'cancelled'].map(finish),
    ];
    const created = { type: 'run.created' };
    const paths: Fields[][] = [
      [created],
      [start],
      [start, { type: 'run.cancel_requested' }],
      [start, finish('canceled')],
      [start, finish('succeeded')],
      [start, finish('failed')],
    ];
    const table = paths.map((path) =>
      asks.map(
        (ask) =>
          told(...path, ask)
            .at(-1)
            ?.startsWith('accepted') ?? false,
      ),
    );
    expect(table).toEqual([
      [true, true, true, true, true],
      [true, true, true, true, true],
      [false, true, false, true, true],
      [false, false, false, false, true],
      [false, false, true, false, false],
      [false, false, false, true, false],
    ]);
  });

  it('lets workers come back, and forgets heartbeats after a day', () => {
    const of = (type: string, more: object = {}) => ({ type, subject: 'worker/w', ...more });
    const beat = of('worker.heartbeat', { id: 'beat' });
    const records = log(
      of('worker.started'),
      beat,
      beat,
      { ...beat, at: DAY + 1 },
      of('worker.starting', { at: DAY + 2 }),
      of('worker.stopped', { at: DAY + 3 }),
      of('worker.heartbeat', { at: DAY + 4 }),
      of('worker.started', { at: DAY + 5 }),
      of('worker.stopping', { at: DAY + 6 }),
      of('worker.started', { at: DAY + 7 }),
      of('worker.anything', { at: DAY + 8 }),
    );
    const model = modelOf('worker', [records]);
    expect([...(model.verdicts[0]?.values() ?? [])].map(short)).toEqual([
      'accepted 1',
      'accepted 2',
      'duplicate 2',
      'accepted 3',
      'invalid_transition',
      'accepted 4',
      'invalid_transition',
      'accepted 5',
      'accepted 6',
      'accepted 7',
      'accepted 8',
    ]);
    expect(model.streams.get('worker/w')).toMatchObject({ status: 'stopping', late_count: 0 });
  });

  it('buries what is not ours and stops before what is newer', () => {
    const [good] = log(start);
    if (good === undefined) throw new Error('no record');
    const bad: Partial<ModelRecord>[] = [
      { value: null },
      { value: 'no json' },
      { value: '[]' },
      { value: '{}' },
      { value: good.value?.replace('run/r', 'run/s') ?? null },
      { value: good.value?.replace('run/r', 'worker/r') ?? null },
      { key: null },
      { unfit: 'transactional' },
    ];
    const records = bad.map((change, offset) => ({ ...good, ...change, offset }));
    const verdicts = modelOf('run', [records]).verdicts[0];
    expect([...(verdicts?.values() ?? [])].map(short)).toEqual(bad.map(() => 'dead_letter'));
    const newer = log(start, { type: 'run.delta', schemaversion: 2 }, start);
    expect(modelOf('run', [newer]).stoppedAt).toEqual([1]);
    const unknownType = log(start, { type: 'my.own', schemaversion: 2 });
    expect(modelOf('run', [unknownType]).stoppedAt).toEqual([null]);
  });

  it('lets a second person approve a plan, and nobody start one before', () => {
    const plan = { records: 0, streams: 0, bytes: 0, partitions: [] };
    const planned = (approval: string) => ({
      type: 'operation.planned',
      data: { verb: 'rewind', projection: 'runs', approval, plan },
      principal: 'ann',
    });
    const of = (type: string, principal?: string, data: unknown = null) => ({
      type: `operation.${type}`,
      data,
      ...(principal === undefined ? {} : { principal }),
    });
    const toldOf = (...claims: Fields[]) => {
      const records = log(...claims.map((claim) => ({ ...claim, subject: 'operation/o' })));
      const model = modelOf('operation', [records]);
      const verdicts = [...(model.verdicts[0]?.values() ?? [])].map(short);
      return [...verdicts, model.streams.get('operation/o')?.status];
    };
    expect(
      toldOf(
        planned('required'),
        of('started', 'ann'),
        of('approved', 'ann'),
        of('approved'),
        { ...of('approved', 'bob'), bound: true },
        of('approved', 'bob'),
        of('started', 'ann'),
        of('cancel_requested', 'eve'),
        of('finished', undefined, { outcome: 'lost' }),
        of('finished', undefined, { outcome: 'canceled' }),
        of('cancel_requested', 'eve'),
      ),
    ).toEqual([
      'accepted 1',
      'invalid_transition',
      'invalid_transition',
      'invalid_transition',
      'forbidden',
      'accepted 2',
      'accepted 3',
      'accepted 4',
      'invalid_data',
      'accepted 5',
      'invalid_transition',
      'canceled',
    ]);
    expect(toldOf(planned('not_required'), of('approved', 'bob'), of('started'))).toEqual([
      'accepted 1',
      'invalid_transition',
      'accepted 2',
      'running',
    ]);
  });

  it('finds the home of a key as Kafka does', () => {
    expect(hashOfKey('21')).toBe(-973932308);
    expect(hashOfKey('foobar')).toBe(-790332482);
    expect(hashOfKey('a-little-bit-long-string')).toBe(-985981536);
    expect(hashOfKey('a-little-bit-longer-string')).toBe(-1486304829);
    expect(hashOfKey('abc')).toBe(479470107);
    const wrong = [log(start), log(start)];
    const home = homePartition('r', 2);
    const verdicts = modelOf('run', wrong).verdicts.map((map) =>
      short(map.get(0) ?? { kind: 'rules' }),
    );
    expect(verdicts[home]).toBe('accepted 1');
    expect(verdicts[1 - home]).toBe('dead_letter');
  });
});
