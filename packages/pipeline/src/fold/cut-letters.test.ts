import { describe, expect, it } from 'vitest';
import { noWrites } from '../ports/view-store.js';
import type { DeadLetter } from '../slot/dead-letter.js';
import { DEAD_LETTERS_MAX, LetterLog } from '../slot/letter-log.js';
import { DEAD_LETTERS, DEAD_LETTERS_PENDING, DEAD_LETTER_PLACES } from '../slot/names.js';
import { CutLetters } from './cut-letters.js';

const letterAt = (offset: number, texts: Partial<DeadLetter> = {}): DeadLetter => ({
  topic: 't',
  partition: 0,
  offset,
  reason: 'not ours',
  key: 'k',
  value: 'v',
  timestamp: 1,
  ...texts,
});

/** What a commit puts and drops, per hash. */
function written(letters: CutLetters) {
  const writes = noWrites();
  letters.emit(writes);
  const put = (hash: string) =>
    writes.putField
      .filter(([name]) => name === hash)
      .map(([, , text]) => (text === '' ? null : (JSON.parse(text) as Record<string, unknown>)));
  const dropped = writes.dropField.map(([name, field]) => `${name} ${field}`);
  const bytes = writes.putField.reduce((sum, texts) => sum + Buffer.byteLength(texts.join('')), 0);
  return { put, dropped, bytes };
}

describe('CutLetters', () => {
  it('keeps the value once, with the letter that waits, and cuts every text', () => {
    const letters = new CutLetters(new LetterLog());
    const long = '\0'.repeat(190_000);
    letters.add(letterAt(0, { reason: long, key: long, value: long }));
    const { put } = written(letters);
    const [listed] = put(DEAD_LETTERS);
    expect(listed).toMatchObject({ offset: 0, bytes: 190_000, cut: { key: 190_000 } });
    expect(listed).not.toHaveProperty('value');
    expect(JSON.stringify(listed).length).toBeLessThan(3_000);
    expect(JSON.stringify(put(DEAD_LETTERS_PENDING)[0]).length).toBeLessThanOrEqual(262_144);
  });

  it.each(['x', '\0', '界'])('says how many bytes it writes, or a little more: %j', (char) => {
    const letters = new CutLetters(new LetterLog());
    const texts = { reason: char.repeat(900), key: char.repeat(900), value: char.repeat(90_000) };
    const bytes = letters.add(letterAt(7, texts));
    const { bytes: sent } = written(letters);
    expect(bytes).toBeGreaterThanOrEqual(sent);
    expect(bytes).toBeLessThan(sent + 200);
  });

  it('lets a letter wait without its key and value when too many bytes wait', () => {
    const log = new LetterLog();
    log.pend(0, 16 * 1_048_576 - 400);
    const letters = new CutLetters(log);
    letters.add(letterAt(1, { value: 'x'.repeat(500) }));
    letters.add(letterAt(2, { key: null, value: null }));
    const { put } = written(letters);
    const waiting = { offset: 1, reason: 'not ours', key: null, value: null };
    expect(put(DEAD_LETTERS_PENDING)[0]).toEqual({
      ...letterAt(1),
      ...waiting,
      cut: { key: 1, value: 500 },
    });
    expect(put(DEAD_LETTERS_PENDING)[1]).toEqual(letterAt(2, { key: null, value: null }));
    expect(put(DEAD_LETTERS)[0]).toMatchObject({ key: 'k', bytes: 500 });
    expect(letters.added).toEqual(put(DEAD_LETTERS_PENDING));
  });

  it('drops the oldest letter beyond the bound, also where it waits', () => {
    const log = new LetterLog();
    for (let offset = 0; offset < DEAD_LETTERS_MAX; offset++) log.add(offset);
    log.pend(1, 100);
    const letters = new CutLetters(log);
    letters.add(letterAt(70_000));
    letters.add(letterAt(70_001));
    const { put, dropped } = written(letters);
    expect(put(DEAD_LETTER_PLACES)).toHaveLength(2);
    expect(dropped).toEqual([
      `${DEAD_LETTERS} 0`,
      `${DEAD_LETTER_PLACES} 0`,
      `${DEAD_LETTERS} 1`,
      `${DEAD_LETTER_PLACES} 1`,
      `${DEAD_LETTERS_PENDING} 1`,
    ]);
    expect(letters.evicted).toEqual([0, 1]);
  });
});
