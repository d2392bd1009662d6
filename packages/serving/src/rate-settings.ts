import { integer, type ConfigOf, type Setting } from '@refold/service';

const RATE_MAX = 10_000_000;

/** How often one caller may ask. Off unless set: only an operator knows what is too often. */
export const rateSettings = {
  writeRateMax: {
    env: 'REFOLD_WRITE_RATE_MAX',
    parser: integer({ min: 1, max: RATE_MAX }),
    unit: 'requests',
    description:
      'Writes that one caller may send in REFOLD_RATE_WINDOW_MS, a batch being one; more is answered 429. A caller is a principal, or an address while authentication is off. Unset: no limit.',
  },
  readRateMax: {
    env: 'REFOLD_READ_RATE_MAX',
    parser: integer({ min: 1, max: RATE_MAX }),
    unit: 'requests',
    description: 'Reads that one caller may send in REFOLD_RATE_WINDOW_MS. Unset: no limit.',
  },
  rateWindowMs: {
    env: 'REFOLD_RATE_WINDOW_MS',
    parser: integer({ min: 1_000, max: 3_600_000 }),
    default: '10000',
    unit: 'ms',
    description:
      'The time over which rates are counted, and within which they may be used up at once.',
  },
} as const satisfies Record<string, Setting>;

export type RateConfig = ConfigOf<typeof rateSettings>;
