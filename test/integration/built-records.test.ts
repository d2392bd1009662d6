/** Whatever the record builder lets through is a claim, with the content that it was given. */
import { createRecordBuilder, RefoldProblem, type NewRecord } from '@refold/client/records';
import { eventCatalogue, type JsonValue } from '@refold/contracts';
import { decodeRecord } from '@refold/pipeline';
import { fc } from '@refold/test-kit/properties';
import { expect, it } from 'vitest';

const PARTITIONS = 7;
const builder = createRecordBuilder({ source: '/test/any', partitions: PARTITIONS });

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', ' ', '\ud800'),
);
const perhaps = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const types = eventCatalogue.map(({ type }) => type);

const record = fc.record({
  event_type: fc.oneof(fc.constantFrom('my.event', 'rules.changed', ...types), text),
  payload: perhaps(fc.oneof(fc.jsonValue(), fc.constant({}), fc.constant(null))),
  event_id: perhaps(text),
  idempotency_key: perhaps(text),
  expected_previous_seq: perhaps(fc.oneof(fc.nat(), fc.double())),
  append_only: perhaps(fc.boolean()),
  schema_version: perhaps(fc.integer({ min: 0, max: 3 })),
  time: perhaps(fc.oneof(text, fc.constant('2026-01-31T12:00:00Z'))),
  principal: perhaps(text),
});

/** Minus nought is nought. */
const exact = (seq: number | undefined): number | null => (seq === undefined ? null : seq + 0);

function built(runId: string, given: NewRecord) {
  try {
    return builder.run(runId, given);
  } catch (error) {
    if (error instanceof RefoldProblem) return null;
    throw error;
  }
}

it('is never a dead letter, and says what was said', () => {
  let passed = 0;
  fc.assert(
    fc.property(fc.constantFrom('r', 'a:b.c-d_e'), record, (runId, given) => {
      const made = built(runId, given as NewRecord);
      if (made === null) return;
      passed += 1;
      const { topic, partition, key, value, id } = made;
      const decoded = decodeRecord(
        { offset: 0, key, value, timestamp: 0, leaderEpoch: 0 },
        {
          projection: {
            name: 'runs',
            topic,
            kinds: ['run'],
            partitions: PARTITIONS,
            generation: 1,
          },
          partition,
          streams: new Map(),
          texts: new Map(),
        },
      );
      expect(decoded).toMatchObject({
        kind: 'claim',
        claim: {
          kind: 'run',
          streamId: runId,
          source: '/test/any',
          id,
          type: given.event_type,
          data: JSON.parse(JSON.stringify(given.payload ?? null)) as JsonValue,
          expectedSeq: exact(given.expected_previous_seq),
          appendOnly: given.append_only ?? false,
          principal: given.principal ?? null,
        },
      });
    }),
    { numRuns: 5_000 },
  );
  expect(passed).toBeGreaterThan(100);
});
