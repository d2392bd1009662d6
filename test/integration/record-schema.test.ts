import {
  canonicalJson,
  checkEventData,
  encodeEnvelope,
  envelopeSchema,
  eventCatalogue,
  eventDefinitionsOf,
  parseSubject,
  RULES_CHANGED,
  type JsonValue,
} from '@refold/contracts';
import { recordSchema } from '@refold/description';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fc } from '@refold/test-kit/properties';
import { describe, expect, it } from 'vitest';

const ajv = new Ajv2020({ strictTypes: false, strictRequired: false, validateFormats: false });
const published = ajv.compile(recordSchema());

/** Whether the fold can accept a record's value; what becomes of it hangs on its stream alone then. */
function isSound(value: unknown): boolean {
  if (!envelopeSchema.validate(value)) return false;
  const { subject, type, schemaversion = 1 } = value;
  const stream = parseSubject(subject);
  if (stream === null || type === RULES_CHANGED) return false;
  const newest = eventDefinitionsOf(stream.kind).get(type)?.schemaVersion;
  if (newest !== undefined && schemaversion > newest) return false;
  try {
    checkEventData(stream.kind, type, (value.data ?? null) as JsonValue, '');
    return true;
  } catch {
    return false;
  }
}

const text = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom(
    '',
    ' ',
    '\u{feff}',
    'running',
    'succeeded',
    '0.5',
    'USD',
    'a/b',
    'x'.repeat(300),
    '\ud800',
    'a\u0000',
    '\u0085\n',
    ' \t',
  ),
);

const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.constantFrom(null, true, 0, -0, 1, -1, 1.5, 7, 2 ** 31, 2 ** 53 - 1, 2 ** 53, 1e300, -1e16),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3 }),
  ),
})).value;

/** Every member that some event knows, so that data come near to what is asked for. */
const MEMBERS = [
  ...new Set(
    [...JSON.stringify(recordSchema()).matchAll(/"([a-z_]+)":\{/g)].map(
      ([, member = '']) => member,
    ),
  ),
];
const usage = fc.dictionary(
  fc.constantFrom('model', 'input_tokens', 'output_tokens', 'cost', 'currency'),
  fc.oneof(fc.constantFrom(1, 0.5, '0.5', 'USD', null, -1, 'x'), value),
  { maxKeys: 3 },
);
const count = fc.constantFrom(0, 7, 2 ** 53 - 1, -1, 0.5, '1');
const plannedPartition = fc.record(
  { partition: fc.constantFrom(0, 999, 1000), from: count, records: count, more: value },
  { requiredKeys: ['partition'] },
);
const plan = fc.record({
  records: count,
  streams: fc.constantFrom(0, 7),
  bytes: fc.constantFrom(0, 7),
  partitions: fc.array(fc.oneof(plannedPartition, value), { maxLength: 3 }),
});
const data = fc.oneof(
  value,
  fc.dictionary(fc.constantFrom(...MEMBERS), fc.oneof(value, usage), { maxKeys: 4 }),
  fc.record(
    {
      status: fc.constantFrom('succeeded', 'failed', 'x'),
      verb: fc.constantFrom('rewind', 'Rewind', ''),
      projection: fc.constantFrom('runs', 7),
      approval: fc.constantFrom('required', 'not_required', 'x'),
      plan,
      partition: fc.constantFrom(0, 999, 1000, -1, 0.5),
      outcome: fc.constantFrom('done', 'failed', 'x'),
      streams: count,
      replaced: count,
      records: count,
      role: text,
      content: value,
      tool_call_id: text,
      tool_name: text,
      usage,
      labels: fc.dictionary(text, text, { maxKeys: 3 }),
      owner_user_id: fc.constantFrom(1, 0, null, 1.5),
      owner_guest_scope: text,
      thread_id: text,
      workspace_ref: text,
    },
    { requiredKeys: [] },
  ),
);

/** The first of them nine times in ten. */
const often = <T>(usual: T, ...others: T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, fc.constantFrom(...others));

const record = fc.record(
  {
    specversion: often<unknown>('1.0', '0.3', 1),
    refoldversion: often<unknown>(1, 2, '1'),
    id: fc.oneof(
      { weight: 9, arbitrary: fc.constant('e-1') },
      text,
      fc.constantFrom('\ud800', 7, 'é', '😀'),
    ),
    source: often('/s', '', 'x'.repeat(257)),
    type: fc.oneof(
      fc.constantFrom(...eventCatalogue.map(({ type }) => type), RULES_CHANGED, 'own.type'),
      text,
    ),
    subject: fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom('run/r', 'worker/w', 'operation/o') },
      fc.constantFrom('run/', 'graph/g', 'run/a b', 'run/é', `run/${'x'.repeat(129)}`),
    ),
    time: often<unknown>('2026-01-31T12:00:00Z', 'x', 7),
    datacontenttype: often('application/json', 'text/plain'),
    data,
    idempotencykey: often('k', '', 'x'.repeat(256), '\u009f'),
    expectedseq: often<unknown>(0, -1, 1.5, 2 ** 31, '1'),
    appendonly: often<unknown>(true, 1),
    principal: often('p', '', 'x'.repeat(257), 'guest:\ud800', 'p\u0000'),
    replyto: often('i', ''),
    traceparent: text,
    schemaversion: often(1, 2, 0),
    more: value,
  },
  { requiredKeys: ['specversion', 'refoldversion', 'id', 'source', 'type', 'subject'] },
);

describe('the published schema of the record', () => {
  it('takes exactly what the fold takes', () => {
    let taken = 0;
    let refused = 0;
    fc.assert(
      fc.property(record, (one) => {
        const sound = isSound(one);
        if (sound) taken++;
        else refused++;
        if (published(one) === sound) return;
        throw new Error(`${sound ? 'refuses' : 'takes'} it: ${ajv.errorsText(published.errors)}`);
      }),
      { numRuns: 20_000 },
    );
    expect(taken).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(500);
  });

  const of = (type: string, content: JsonValue): unknown => {
    const kind = /^(?:worker|operation)(?=\.)/.exec(type)?.[0] ?? 'run';
    const fields = { id: 'e', source: '/s', type, subject: `${kind}/x`, data: content };
    return JSON.parse(encodeEnvelope(fields));
  };

  it.each(eventCatalogue.map(({ type }) => type))(
    'judges null data of %s as the fold does',
    (type) => {
      expect(published(of(type, null))).toBe(isSound(of(type, null)));
    },
  );

  it('counts characters as the fold does', () => {
    for (const [length, fits] of [
      [512, true],
      [513, false],
    ] as const) {
      const astral = of('run.created', { title: '😀'.repeat(length) });
      expect([published(astral), isSound(astral)]).toEqual([fits, fits]);
    }
  });

  it('differs where JSON Schema cannot follow: in depth', () => {
    let deep: JsonValue = 1;
    for (let level = 0; level < 65; level++) deep = [deep];
    expect(canonicalJson(deep)).toHaveLength(131);
    const nested = of('own.type', deep);
    expect([published(nested), isSound(nested)]).toEqual([true, false]);
  });
});
