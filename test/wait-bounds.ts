/**
 * Loaded before every test file. A wait for a condition ends with the condition; its bound is only for
 * a condition that never comes. The library's own second is shorter than a loaded machine stands still.
 */
import { vi } from 'vitest';
import { WAIT_MS_MAX } from './wait-ms-max.js';

const { waitFor } = vi;

vi.waitFor = (condition, options = {}) =>
  waitFor(condition, typeof options === 'number' ? options : { timeout: WAIT_MS_MAX, ...options });
