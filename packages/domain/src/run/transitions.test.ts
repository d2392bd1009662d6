import { RUN_STATUSES, type JsonValue, type RunStatus } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import { judgeRunTransition, nextRunStatus, RUN_TRANSITIONS } from './transitions.js';

/** Rows: statuses. Columns: start, request_cancel, finish_succeeded, finish_failed, finish_canceled, archive. */
const GOLDEN: Record<RunStatus, string> = {
  created: 'running canceling succeeded failed canceled -',
  running: 'running canceling succeeded failed canceled -',
  canceling: '- canceling - failed canceled -',
  canceled: '- - - - canceled archived',
  succeeded: '- - succeeded - - archived',
  failed: '- - - failed - archived',
  archived: '- - - - - -',
};

const EVENTS: [type: string, data: JsonValue][] = [
  ['run.started', null],
  ['run.cancel_requested', { reason: 'x' }],
  ['run.finished', { status: 'succeeded' }],
  ['run.finished', { status: 'failed' }],
  ['run.finished', { status: 'canceled' }],
  ['run.archived', null],
];

const pairs = RUN_STATUSES.flatMap((from) =>
  RUN_TRANSITIONS.map((transition, column) => {
    const cell = GOLDEN[from].split(' ')[column];
    return { from, transition, column, to: cell === '-' ? null : cell };
  }),
);

describe('the transitions of a run', () => {
  it('are forty-two pairs, nineteen of them allowed', () => {
    expect(pairs).toHaveLength(42);
    expect(pairs.filter(({ to }) => to !== null)).toHaveLength(19);
  });

  it.each(pairs)('$from + $transition → $to', ({ from, transition, column, to }) => {
    expect(nextRunStatus(from, transition)).toBe(to);
    const [type, data] = EVENTS[column]!;
    expect(judgeRunTransition(from, type, data)).toEqual(
      to === null
        ? { allowed: false, detail: { from, transition } }
        : { allowed: true, status: to },
    );
  });

  it('spell canceled both ways', () => {
    expect(judgeRunTransition('canceling', 'run.finished', { status: 'cancelled' })).toEqual({
      allowed: true,
      status: 'canceled',
    });
  });

  it.each(RUN_STATUSES)('have no say about other events while %s', (from) => {
    for (const type of ['run.delta', 'tool.call', 'my.own', '__proto__']) {
      expect(judgeRunTransition(from, type, null)).toEqual({ allowed: true, status: null });
    }
  });
});
