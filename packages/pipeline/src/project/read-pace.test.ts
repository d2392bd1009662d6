import { describe, expect, it } from 'vitest';
import { GATHER_MS, PROMPT_MS, ReadPace } from './read-pace.js';

const load = { records: 20, asked: false, behind: false };

describe('ReadPace', () => {
  it('lets records gather under a load that nobody waits for', () => {
    const pace = new ReadPace();
    expect(pace.gatherMs(0)).toBe(0);
    pace.note(load, 0);
    expect(pace.gatherMs(0)).toBe(GATHER_MS);
  });

  it('reads at once for a second after anybody asked for a verdict, whatever else is written', () => {
    const pace = new ReadPace();
    pace.note({ ...load, asked: true }, 5_000);
    pace.note(load, 5_010);
    expect(pace.gatherMs(5_010)).toBe(0);
    expect(pace.gatherMs(5_000 + PROMPT_MS - 1)).toBe(0);
    expect(pace.gatherMs(5_000 + PROMPT_MS)).toBe(GATHER_MS);
  });

  it.each([
    ['at a trickle', { ...load, records: 1 }],
    ['with nothing new', { ...load, records: 0 }],
    ['while it catches up', { ...load, behind: true }],
  ])('reads at once %s', (_when, calm) => {
    const pace = new ReadPace();
    pace.note(load, 0);
    pace.note(calm, 1);
    expect(pace.gatherMs(1)).toBe(0);
  });
});
