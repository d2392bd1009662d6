import { describe, expect, it } from 'vitest';
import { ParkWindow, WINDOW_CLAIMS } from './park-window.js';

describe('ParkWindow', () => {
  it('says what parked among the last claims, where one does', () => {
    const window = new ParkWindow();
    expect(window.note('a', null)).toBeNull();
    expect(window.note('b', 'one')).toEqual({ streams: 2, parked: 1, causes: ['one'] });
    expect(window.note('a', 'other')).toEqual({ streams: 2, parked: 2, causes: ['one', 'other'] });
    expect(window.note('c', 'one')).toEqual({ streams: 3, parked: 3, causes: ['one', 'other'] });
  });

  it('forgets what lies further behind', () => {
    const window = new ParkWindow();
    window.note('a', 'one');
    for (let n = 0; n < WINDOW_CLAIMS - 2; n++) window.note('b', null);
    expect(window.note('c', 'two')).toEqual({ streams: 3, parked: 2, causes: ['one', 'two'] });
    expect(window.note('d', 'three')).toEqual({ streams: 3, parked: 2, causes: ['two', 'three'] });
  });

  it('leaves out streams that stand parked in any case', () => {
    const window = new ParkWindow(new Set(['a']));
    expect(window.note('a', 'one')).toBeNull();
    expect(window.note('b', 'two')).toEqual({ streams: 2, parked: 1, causes: ['two'] });
  });
});
