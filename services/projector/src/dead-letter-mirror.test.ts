import type { DeadLetter, OutgoingRecord, PublishOutcome } from '@refold/pipeline';
import { describe, expect, it } from 'vitest';
import { mirrorLetters } from './dead-letter-mirror.js';

const letterAt = (offset: number, value: string): DeadLetter => ({
  topic: 'refold.runs',
  partition: 3,
  offset,
  reason: 'not ours',
  key: null,
  value,
  timestamp: 1,
});

const APPENDED: PublishOutcome = { kind: 'appended', offset: 0, timestamp: 1 };

/** Mirrors letters over a publisher that answers with `outcomes` in turn. */
async function mirror(letters: readonly DeadLetter[], outcomes: PublishOutcome[] = []) {
  const sent: OutgoingRecord[] = [];
  const errors: unknown[] = [];
  const publisher = {
    publish: async (record: OutgoingRecord) => {
      sent.push(record);
      return outcomes.shift() ?? APPENDED;
    },
  };
  const logger = { error: (fields: unknown) => void errors.push(fields) };
  const results = await mirrorLetters(
    { publisher, deadLetterTopic: 'refold.dead-letters', logger },
    letters,
  );
  return { sent, errors, results };
}

describe('mirrorLetters', () => {
  it('mirrors a letter whole under the place of its record', async () => {
    const letter = letterAt(7, 'foreign');
    const { sent, results } = await mirror([letter]);
    expect(sent).toEqual([
      {
        topic: 'refold.dead-letters',
        partition: 0,
        key: 'refold.runs/3/7',
        value: JSON.stringify(letter),
      },
    ]);
    expect(results).toEqual([{ kind: 'mirrored' }]);
  });

  it('cuts a letter whose text grows in JSON, and says how large the original is', async () => {
    const { sent } = await mirror([letterAt(7, '\0'.repeat(190_000))]);
    const text = sent[0]?.value ?? '';
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(262_144);
    expect(JSON.parse(text)).toMatchObject({ offset: 7, cut: { value: 190_000 } });
  });

  it('tells of each letter what became of it, and logs those that are refused for good', async () => {
    const refused = (reason: 'too_large' | 'unknown_topic'): PublishOutcome => {
      return { kind: 'refused', reason, message: 'no' };
    };
    const { errors, results } = await mirror(
      [0, 1, 2, 3, 4].map((offset) => letterAt(offset, 'v')),
      [
        APPENDED,
        refused('too_large'),
        refused('unknown_topic'),
        { kind: 'full' },
        { kind: 'unknown', message: 'no answer' },
      ],
    );
    expect(results.map(({ kind }) => kind)).toEqual([
      'mirrored',
      'refused',
      'trouble',
      'trouble',
      'trouble',
    ]);
    expect(errors).toEqual([{ topic: 'refold.runs', partition: 3, offset: 1 }]);
  });
});
