import type { Trace, TraceFormat } from './trace.js';

/** New with this import, there from an earlier one, or sent without hearing which of the two. */
export type Novelty = 'new' | 'there' | 'undecided';

/** How many of something, by novelty. */
export type Count = Record<Novelty, number>;

/** What an import counts. */
export interface Tally {
  runs: Count;
  events: Count;
  messages: Count;
  tool_calls: Count;
}

const nothing = (): Count => ({ new: 0, there: 0, undecided: 0 });

/** A tally of nothing yet. */
export const emptyTally = (): Tally => ({
  runs: nothing(),
  events: nothing(),
  messages: nothing(),
  tool_calls: nothing(),
});

const OWN_COUNTS = {
  'run.started': 'runs',
  'run.message': 'messages',
  'tool.call': 'tool_calls',
} as const;

/** Counts one event that the server took. */
export function countEvent(tally: Tally, eventType: string, novelty: Novelty): void {
  tally.events[novelty] += 1;
  if (eventType in OWN_COUNTS)
    tally[OWN_COUNTS[eventType as keyof typeof OWN_COUNTS]][novelty] += 1;
}

/** All of one kind, whatever their novelty. */
export const totalOf = (count: Count): number => count.new + count.there + count.undecided;

/** Adds one tally to another. */
export function addTally(to: Tally, from: Tally): void {
  for (const kind of ['runs', 'events', 'messages', 'tool_calls'] as const) {
    for (const novelty of ['new', 'there', 'undecided'] as const) {
      to[kind][novelty] += from[kind][novelty];
    }
  }
}

/** What came of one trace. */
export interface TraceResult {
  run_id: string;
  format: TraceFormat;
  source: string;
  title: string;
  tally: Tally;
  /** Null: the run is whole and readable. */
  failure: string | null;
}

/** A result that has not begun. */
export const resultOf = (trace: Trace, source: string): TraceResult => ({
  run_id: trace.runId,
  format: trace.format,
  source,
  title: trace.title,
  tally: emptyTally(),
  failure: null,
});
