import type { Hops } from './hops.js';
import type { HttpLoadResult } from './http-load.js';
import { spread } from './statistics.js';
import type { Table } from './table.js';
import { CONCURRENCIES, MODES, resultsOf } from './write-turns.js';
import type { Mode, TurnResult } from './write-turns.js';

const NAMES: Readonly<Record<Mode, string>> = {
  bare: 'bare fastify + zod',
  '201': 'Refold, 201 (judged and committed)',
  '202': 'Refold, 202 (on the log)',
  idempotent: 'idempotent send() per request',
  plain: 'plain send() per request',
};

/** The write path as the client sees it. */
export function writePathTable(results: readonly TurnResult[]): Table {
  const rows = CONCURRENCIES.flatMap((concurrency) =>
    MODES.flatMap((mode) => {
      const loads = resultsOf(results, mode, concurrency).map(({ load }) => load);
      if (loads.length === 0) return [];
      const show = (member: keyof HttpLoadResult, digits: number): string =>
        spread(
          loads.map((load) => load[member]),
          digits,
        );
      const times = (['p50Ms', 'p95Ms', 'p99Ms'] as const).map((member) => show(member, 2));
      return [[String(concurrency), NAMES[mode], show('perSecond', 0), ...times]];
    }),
  );
  return { head: ['concurrency', 'server', 'per second', 'p50 ms', 'p95 ms', 'p99 ms'], rows };
}

interface Hop {
  what: string;
  of: (load: HttpLoadResult, hops: Hops) => number;
  digits: number;
}

const HOPS: readonly Hop[] = [
  { what: 'client, p50 ms', of: (load) => load.p50Ms, digits: 2 },
  { what: 'client, mean ms', of: (load) => load.meanMs, digits: 2 },
  { what: 'inside ingest: first byte to last, ms', of: (_, hops) => hops.httpMs, digits: 2 },
  { what: 'queue to acknowledgement by Kafka, ms', of: (_, hops) => hops.publishMs, digits: 2 },
  { what: 'acknowledgement to verdict, ms', of: (_, hops) => hops.verdictMs, digits: 2 },
  { what: 'of that one commit in Redis, ms', of: (_, hops) => hops.commitMs, digits: 2 },
  { what: 'records in a commit', of: (_, hops) => hops.recordsPerCommit, digits: 1 },
  { what: 'CPU of ingest per event, µs', of: (_, hops) => hops.ingestMicros, digits: 0 },
  { what: 'CPU of the projector per event, µs', of: (_, hops) => hops.projectorMicros, digits: 0 },
  { what: 'CPU of Redis per event, µs', of: (_, hops) => hops.redisMicros, digits: 0 },
];

/** Where the time goes, hop by hop: one column for each way of answering and concurrency. */
export function hopTable(results: readonly TurnResult[]): Table {
  const columns = (['201', '202'] as const).flatMap((mode) =>
    CONCURRENCIES.map((concurrency) => ({ mode, concurrency })),
  );
  const cell = ({ of, digits }: Hop, column: (typeof columns)[number]): string => {
    const values = resultsOf(results, column.mode, column.concurrency).flatMap(({ load, hops }) =>
      hops === null ? [] : [of(load, hops)],
    );
    return values.every(Number.isFinite) ? spread(values, digits) : '';
  };
  return {
    head: ['hop', ...columns.map(({ mode, concurrency }) => `${mode} at ${concurrency}`)],
    rows: HOPS.map((hop) => [hop.what, ...columns.map((column) => cell(hop, column))]),
  };
}
