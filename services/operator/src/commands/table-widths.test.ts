import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../run-cli.fixture.js';
import { COLUMNS_MIN, writeTable } from '../terminal.js';

const AT = '2026-01-31T12:00:00.000Z';
const ID = '0198c6a2-7c40-7a11-8a52-3f0a4d2c9b10';

const letter = {
  ...{ topic: 'refold.operations', partition: 1_023, offset: 123_456_789_012, recorded_at: AT },
  ...{ reason: `the value is not a Refold record: ${'😀'.repeat(90)}`, bytes: 1_048_576 },
  key: 'k'.repeat(200),
};

const record = {
  ...{ partition: 1_023, offset: 123_456_789_012, recorded_at: AT, bytes: 100, event_id: ID },
  ...{ source: 'test', event_type: `run.${'x'.repeat(100)}`, principal: null, rules_version: 1 },
  ...{ verdict: 'rejected', seq: null, code: 'sequence_conflict', skips: null, reason: null },
  ...{ detail: { expected_seq: 123_456, actual_seq: 123_457 }, replayed: true },
};

const operation = {
  ...{ operation_id: ID, verb: 'change-rules', projection: 'operations' },
  ...{ status: 'awaiting_approval', planned_at: AT, planned_by: 'p'.repeat(100) },
  ...{ planned: { partitions: 1_024 }, finished_partitions: Array(1_024).fill(0) },
  ...{ failed_partitions: 311, canceled_partitions: 112 },
};

const parked = {
  ...{ stream: { kind: 'run', id: ID }, partition: 1_023, offset: 123_456_789_012 },
  ...{ recorded_at: AT, waiting_events: 65_536, error: `TypeError: ${'e'.repeat(400)}` },
};

const explanation = {
  ...{ subject: 'run/r', topic: 'refold.runs', partition: 0, log_start: 0, folded_to: 1 },
  ...{ complete: true, records: [record] },
};

/** Answers every list with one entry that is as long as can be. */
const server = createServer((_, response) => {
  const lists = { dead_letters: [letter], operations: [operation], parked: [parked] };
  response.end(JSON.stringify({ ...lists, ...explanation, next_cursor: null }));
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const longest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

describe('tables on a terminal', () => {
  it.each([
    ['explain', 'r'],
    ['dead-letters', 'list', '--projection', 'runs'],
    ['operations', 'list'],
    ['parked', 'list', '--projection', 'runs'],
  ])('fit into its columns, and are whole elsewhere: %s %s', async (...args) => {
    const environment = {
      REFOLD_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    };
    const shown = await run(args, environment, COLUMNS_MIN);
    expect([shown.code, shown.err]).toEqual([0, '']);
    expect(longest(shown.out)).toBeLessThanOrEqual(COLUMNS_MIN);
    expect(shown.out).toContain('…');
    const piped = await run(args, environment);
    expect(longest(piped.out)).toBeGreaterThan(COLUMNS_MIN);
  });

  it('shorten what is longest, what the line is about last, and numbers never', () => {
    const rows = [
      ['id', 'count', 'text'],
      ['i'.repeat(20), 1_234_567, 't'.repeat(50)],
    ];
    expect(writeTable(rows, 50).split('\n')[1]).toBe(
      `${'i'.repeat(20)}  1,234,567  ${'t'.repeat(16)}…`,
    );
    expect(writeTable(rows, 38).split('\n')[1]).toBe(
      `${'i'.repeat(12)}…  1,234,567  ${'t'.repeat(11)}…`,
    );
  });
});
