import { describe, expect, it } from 'vitest';
import { encodeEnvelope, envelopeSchema } from './envelope.js';
import type { JsonValue } from './json.js';

const fields = { id: 'e-1', source: 'urn:test', type: 'run.started', subject: 'run/r-1' };
const decoded = (patch: Record<string, unknown> = {}): unknown => ({
  ...(JSON.parse(encodeEnvelope({ ...fields, data: null })) as object),
  ...patch,
});
const accepts = (value: unknown): boolean => envelopeSchema.safeParse(value).success;

describe('an envelope', () => {
  it('is a CloudEvent, data last, without what is undefined', () => {
    expect(
      encodeEnvelope({ ...fields, principal: undefined, expectedseq: 0, data: { a: 1 } }),
    ).toBe(
      '{"specversion":"1.0","refoldversion":1,"id":"e-1","source":"urn:test","type":"run.started",' +
        '"subject":"run/r-1","expectedseq":0,"datacontenttype":"application/json","data":{"a":1}}',
    );
  });

  it('carries data exactly, whatever its members are called', () => {
    const data = JSON.parse('{"__proto__":{"x":1},"toString":null,"n":-0.5}') as JsonValue;
    const value = JSON.parse(encodeEnvelope({ ...fields, data })) as { data: JsonValue };
    const parsed = envelopeSchema.parse(value);
    expect(parsed.data).toBe(value.data);
    expect(JSON.stringify(parsed.data)).toBe(JSON.stringify(data));
  });

  it('may have attributes that nobody knows, and no data', () => {
    expect(accepts(decoded({ partitionkey: 'x' }))).toBe(true);
    const rest = decoded() as { data?: unknown };
    delete rest.data;
    expect(accepts(rest)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['specversion', '2.0'],
    ['refoldversion', 2],
    ['refoldversion', '1'],
    ['id', ''],
    ['id', 7],
    ['id', 'x'.repeat(257)],
    ['id', 'a\ud800b'],
    ['source', undefined],
    ['source', '\udc00'],
    ['id', 'a\u0000'],
    ['source', '/a\n'],
    ['type', 'a\ud800'],
    ['type', 'a\u0085'],
    ['idempotencykey', '\udfff'],
    ['principal', 'guest:g\ud801'],
    ['replyto', 'a\u007f'],
    ['traceparent', '\r\n'],
    ['type', ''],
    ['type', 'x'.repeat(121)],
    ['subject', 'r'],
    ['datacontenttype', 'text/plain'],
    ['expectedseq', -1],
    ['expectedseq', 1.5],
    ['expectedseq', '1'],
    ['appendonly', 'false'],
    ['schemaversion', 0],
    ['idempotencykey', ''],
    ['principal', false],
  ])('with %s = %j is not one of ours', (name, value) => {
    expect(accepts(decoded({ [name]: value }))).toBe(false);
  });

  it('may have an ID beyond the basic plane: its surrogates are paired', () => {
    expect(accepts(decoded({ id: 'run-🏃' }))).toBe(true);
  });
});
