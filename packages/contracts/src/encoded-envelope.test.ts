import { fc } from '@refold/test-kit/properties';
import { describe, expect, it } from 'vitest';
import { readEncodedEnvelope } from './encoded-envelope.js';
import { encodeEnvelope, envelopeSchema, type EnvelopeFields } from './envelope.js';
import type { JsonValue } from './json.js';

const read = (value: string) => readEncodedEnvelope(value, new Map());

const text = (max: number) => fc.string({ minLength: 1, maxLength: max });
const plain = (max: number) => text(max).map((s) => s.replaceAll(/[^ !#-[\]-~]/g, 'x'));
const maybe = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { nil: undefined });

const fieldsOf = (
  texts: (max: number) => fc.Arbitrary<string>,
): fc.Arbitrary<EnvelopeFields & { data: JsonValue }> =>
  fc.record({
    id: texts(300),
    source: texts(300),
    type: texts(130),
    subject: texts(170),
    time: maybe(texts(40)),
    idempotencykey: maybe(texts(300)),
    expectedseq: maybe(fc.integer({ min: -1, max: 2 ** 31 })),
    appendonly: maybe(fc.boolean()),
    principal: maybe(texts(300)),
    bound: maybe(fc.boolean()),
    replyto: maybe(texts(140)),
    traceparent: maybe(texts(140)),
    schemaversion: maybe(fc.integer({ min: 0, max: 3 })),
    data: fc.jsonValue() as fc.Arbitrary<JsonValue>,
  });

/** One character changed, added or taken away, anywhere. */
const damaged = (value: string) =>
  fc
    .tuple(
      fc.nat(value.length - 1),
      fc.nat(1),
      fc.constantFrom('', '"', '\\', '{', '}', ',', '1', ' ', '\n', 'é', '\0'),
    ) // prettier-ignore
    .map(([at, cut, put]) => value.slice(0, at) + put + value.slice(at + cut));

/** What it reads is what parsing reads and the schema accepts; else it reads nothing. */
function expectAgreement(value: string): boolean {
  const envelope = read(value);
  if (envelope === null) return false;
  expect(envelope).toEqual(JSON.parse(value));
  expect(envelopeSchema.safeParse(envelope).success).toBe(true);
  return true;
}

describe('an encoded envelope', () => {
  it('of plain texts is read as parsing reads it, with every member', () => {
    const value = encodeEnvelope({
      id: 'e-1',
      source: '/bench',
      type: 'run.message',
      subject: 'run/r-1',
      time: '2026-01-01T00:00:00Z',
      idempotencykey: 'k',
      expectedseq: 0,
      appendonly: true,
      principal: 'p',
      bound: true,
      replyto: 'i-1',
      traceparent: '00-1',
      schemaversion: 1,
      data: { role: 'user', content: 'a "quoted" \\ text\n' },
    });
    expect(read(value)).toEqual(JSON.parse(value));
  });

  it('is never read otherwise than by parsing it', () => {
    let readable = 0;
    fc.assert(
      fc.property(fc.oneof(fieldsOf(plain), fieldsOf(text)), (fields) => {
        if (expectAgreement(encodeEnvelope(fields))) readable += 1;
      }),
      { numRuns: 400 },
    );
    expect(readable).toBeGreaterThan(20);
  });

  it('that somebody changed is never read otherwise than by parsing it', () => {
    const changed = fieldsOf(plain).chain((fields) => damaged(encodeEnvelope(fields)));
    fc.assert(
      fc.property(changed, (value) => void expectAgreement(value)),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['a member twice, behind the data', ',"subject":"run/other"}'],
    ['something behind it', '} '],
    ['nothing that closes it', ''],
  ])('with %s is left to the parser', (_what, end) => {
    const value = encodeEnvelope({ id: 'e', source: 's', type: 't', subject: 'run/r', data: {} });
    expect(read(value.slice(0, -1) + end)).toBeNull();
  });

  it('gives equal types one text', () => {
    const texts = new Map<string, string>();
    const type = 'a.type.that.is.longer.than.thirteen';
    const value = (id: string) => encodeEnvelope({ id, source: 's', type, subject: 'run/r', data: null }); // prettier-ignore
    expect(readEncodedEnvelope(value('1'), texts)?.type).toBe(type);
    expect(readEncodedEnvelope(value('2'), texts)?.type).toBe(type);
    expect([...texts.keys()]).toEqual([type]);
  });
});
