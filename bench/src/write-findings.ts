import { judged, reported } from './finding.js';
import type { Finding } from './finding.js';
import type { HttpLoadResult } from './http-load.js';
import { pairedRatios, spread } from './statistics.js';
import { BUSY, resultsOf } from './write-turns.js';
import type { Concurrency, Mode, TurnResult } from './write-turns.js';

const PROTOTYPE = '80 % of the prototype';

/** P5 to P7 from the turns of all rounds. */
export function writeFindings(results: readonly TurnResult[]): Finding[] {
  const values = (mode: Mode, concurrency: Concurrency, member: keyof HttpLoadResult): number[] =>
    resultsOf(results, mode, concurrency).map(({ load }) => load[member]);
  const ratios = (over: Mode, under: Mode, at: Concurrency, member: keyof HttpLoadResult) =>
    pairedRatios(values(over, at, member), values(under, at, member));
  const rate = (mode: Mode): string =>
    `${spread(
      values(mode, BUSY, 'perSecond').map((r) => r / 1000),
      1,
    )} k/s`;
  const ms = (mode: Mode, at: Concurrency, member: 'p50Ms' | 'p99Ms'): string =>
    `${spread(values(mode, at, member), 2)} ms`;
  const p7 = (what: string) => ({ metric: 'P7', what });
  return [
    judged(
      { metric: 'P5', what: '201 p50 ÷ 202 p50 at concurrency 1' },
      ratios('201', '202', 1, 'p50Ms'),
      2,
      { side: 'at most', value: 2.5, because: PROTOTYPE },
      `${ms('201', 1, 'p50Ms')} ÷ ${ms('202', 1, 'p50Ms')}`,
    ),
    judged(
      { metric: 'P6', what: '201 rate ÷ bare fastify + zod at concurrency 100' },
      ratios('201', 'bare', BUSY, 'perSecond'),
      3,
      { side: 'at least', value: 0.224, because: PROTOTYPE },
      `${rate('201')} ÷ ${rate('bare')}`,
    ),
    judged(
      { metric: 'P6', what: '201 p99 ÷ bare p99 at concurrency 100' },
      ratios('201', 'bare', BUSY, 'p99Ms'),
      2,
      { side: 'at most', value: 5, because: PROTOTYPE },
      `${ms('201', BUSY, 'p99Ms')} ÷ ${ms('bare', BUSY, 'p99Ms')}`,
    ),
    judged(
      p7('202 rate ÷ bare fastify + zod at concurrency 100'),
      ratios('202', 'bare', BUSY, 'perSecond'),
      3,
      { side: 'at least', value: 0.416, because: PROTOTYPE },
      `${rate('202')} ÷ ${rate('bare')}`,
    ),
    judged(
      p7('202 rate ÷ one idempotent producer.send() per request'),
      ratios('202', 'idempotent', BUSY, 'perSecond'),
      2,
      { side: 'at least', value: 4.3, because: PROTOTYPE },
      `${rate('202')} ÷ ${rate('idempotent')}`,
    ),
    reported(
      'P7',
      '202 rate ÷ one producer.send() without identity per request',
      `${spread(ratios('202', 'plain', BUSY, 'perSecond'), 2)}; ${rate('202')} ÷ ${rate('plain')}`,
    ),
  ];
}
