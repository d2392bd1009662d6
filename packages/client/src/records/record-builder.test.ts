import { envelopeSchema, partitionOf, RECORD_BYTES_MAX } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import { createRecordBuilder, RefoldProblem, type NewRecord } from './index.js';

const options = { source: '/test/builder', partitions: 8 };
const builder = createRecordBuilder(options);
const started: NewRecord = { event_type: 'run.started' };

function problemOf(work: () => unknown): RefoldProblem {
  try {
    work();
  } catch (error) {
    if (error instanceof RefoldProblem) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const envelopeOf = (value: string): unknown => envelopeSchema.parse(JSON.parse(value));

describe('a built record', () => {
  it('is an envelope at the place where its stream lives', () => {
    const record = builder.run('run-1', {
      event_type: 'run.message',
      payload: { role: 'user', content: 'Grüße, 世界 🌍' },
      event_id: 'e-1',
      idempotency_key: 'k-1',
      expected_previous_seq: 3,
      append_only: true,
      schema_version: 1,
      time: '2026-01-31T12:00:00.5+01:00',
      principal: 'acme/user:7',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    });
    expect(record).toMatchObject({ topic: 'refold.runs', key: 'run-1', id: 'e-1' });
    expect(record.partition).toBe(partitionOf('run-1', 8));
    expect(envelopeOf(record.value)).toEqual({
      specversion: '1.0',
      refoldversion: 1,
      id: 'e-1',
      source: '/test/builder',
      type: 'run.message',
      subject: 'run/run-1',
      time: '2026-01-31T12:00:00.5+01:00',
      idempotencykey: 'k-1',
      expectedseq: 3,
      appendonly: true,
      principal: 'acme/user:7',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      schemaversion: 1,
      datacontenttype: 'application/json',
      data: { role: 'user', content: 'Grüße, 世界 🌍' },
    });
  });

  it('of a worker goes to the topic of workers, below the prefix', () => {
    const other = createRecordBuilder({ ...options, topicPrefix: 'acme' });
    const record = other.worker('w-1', { event_type: 'worker.heartbeat' });
    expect(record.topic).toBe('acme.workers');
    expect(envelopeOf(record.value)).toMatchObject({ subject: 'worker/w-1', data: null });
  });

  it('is the same claim for the same key, and has an ID of its own without one', () => {
    const keyed = { ...started, idempotency_key: 'k' };
    expect(builder.run('r', keyed)).toEqual(builder.run('r', keyed));
    expect(builder.run('r', keyed).id).toBe('k');
    const ids = Array.from({ length: 1_000 }, () => builder.run('r', started).id);
    expect(new Set(ids).size).toBe(1_000);
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  it('takes clock and randomness from its caller', () => {
    const fixed = createRecordBuilder({
      ...options,
      nowMs: () => 0x0123456789ab,
      fillRandom: (bytes) => bytes.fill(0xff),
    });
    expect(fixed.run('r', started).id).toBe('01234567-89ab-7fff-bfff-ffffffffffff');
  });

  it('keeps members of every name', () => {
    const payload = JSON.parse(
      '{"__proto__":{"a":1},"constructor":2}',
    ) as NewRecord['payload'] & {};
    const { value } = builder.run('r', { event_type: 'my.event', payload });
    expect(value).toContain('"data":{"__proto__":{"a":1},"constructor":2}');
  });
});

describe('refused with the member and the expectation', () => {
  const deep = (levels: number): NewRecord['payload'] & {} =>
    levels === 0 ? 1 : [deep(levels - 1)];

  it.each<[string, string, string, unknown]>([
    ['no type', 'invalid_request', '/event_type', {}],
    ['an empty type', 'invalid_request', '/event_type', { event_type: '' }],
    ['white space around the type', 'invalid_request', '/event_type', { event_type: ' a' }],
    ['a control character', 'invalid_request', '/event_type', { event_type: 'a\u0001' }],
    ['the type that pins rules', 'invalid_request', '/event_type', { event_type: 'rules.changed' }],
    ['an unpaired surrogate', 'invalid_request', '/event_id', { ...started, event_id: '\ud800' }],
    ['an empty ID', 'invalid_request', '/event_id', { ...started, event_id: '' }],
    ['an ID too long', 'invalid_request', '/event_id', { ...started, event_id: 'x'.repeat(257) }],
    [
      'a key too long',
      'invalid_request',
      '/idempotency_key',
      { ...started, idempotency_key: 'x'.repeat(256) },
    ],
    ['a time of no form', 'invalid_request', '/time', { ...started, time: 'yesterday' }],
    ['a member nobody knows', 'invalid_request', '/replyto', { ...started, replyto: 'x' }],
    ['a newer schema', 'invalid_request', '/schema_version', { ...started, schema_version: 2 }],
    [
      'a newer schema of a type of theirs',
      'invalid_request',
      '/schema_version',
      { event_type: 'my.event', schema_version: 2 },
    ],
    [
      'data of a known type',
      'invalid_data',
      '/payload/title',
      { ...started, payload: { title: 1 } },
    ],
    ['a number beyond 2^53', 'invalid_data', '/payload/n', { ...started, payload: { n: 2 ** 53 } }],
    ['a number that is none', 'invalid_data', '/payload', { ...started, payload: Number.NaN }],
    ['a big integer', 'invalid_data', '/payload', { ...started, payload: { n: 1n } }],
    ['nesting', 'invalid_data', `/payload${'/0'.repeat(64)}`, { ...started, payload: deep(65) }],
  ])('%s', (_name, code, field, event) => {
    const problem = problemOf(() => builder.run('r', event as NewRecord));
    expect(problem).toMatchObject({ code, status: 400 });
    expect(problem.errors.map((error) => error.field)).toContain(field);
    expect(problem.errors[0]?.expected).toMatch(/./);
  });

  it.each(['', 'a/b', 'läufer', 'x'.repeat(129)])('the stream ID "%s"', (streamId) => {
    const problem = problemOf(() => builder.worker(streamId, { event_type: 'worker.heartbeat' }));
    expect(problem.errors.map((error) => error.field)).toEqual(['workerId']);
  });

  it('a record with a byte too many, counted in UTF-8', () => {
    const bytesOf = (text: string) =>
      new TextEncoder().encode(builder.run('r', { ...event, payload: text }).value).length;
    const event = { event_type: 'my.event', event_id: 'e' };
    const room = RECORD_BYTES_MAX - bytesOf('');
    expect(bytesOf('x'.repeat(room))).toBe(RECORD_BYTES_MAX);
    const long = `${'x'.repeat(room - 1)}ü`;
    expect(problemOf(() => bytesOf(long))).toMatchObject({
      status: 413,
      code: 'payload_too_large',
      body: { max_bytes: RECORD_BYTES_MAX },
    });
  });

  it.each<[string, Partial<typeof options> & { topicPrefix?: string }]>([
    ['source', { source: '' }],
    ['source', { source: 'two words' }],
    ['source', { source: ':nothing' }],
    ['source', { source: '1a:b' }],
    ['source', { source: '100%' }],
    ['source', { source: '/refold/ingest' }],
    ['partitions', { partitions: 0 }],
    ['partitions', { partitions: 1.5 }],
    ['topicPrefix', { topicPrefix: '.a' }],
  ])('options: %s %j', (field, wrong) => {
    const problem = problemOf(() => createRecordBuilder({ ...options, ...wrong }));
    expect(problem.errors[0]?.field).toBe(field);
  });

  it.each(['a', 'urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'https://acme.example/ci?x=1'])(
    'but not the source %s',
    (source) => {
      expect(createRecordBuilder({ ...options, source }).run('r', started).value).toContain(source);
    },
  );
});
