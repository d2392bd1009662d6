import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROBLEM_CODES } from '../problems.js';
import { parseIdempotencyKey } from '../requests/idempotency-key.js';
import { operationOfRoute, OPERATIONS, problemsOf, routePathOf } from './operations.js';
import { writeHeaders } from './request-headers.js';

const rows = OPERATIONS.map((operation) => ({ id: operation.id, operation }));

describe('the table of operations', () => {
  it('gives every operation a name and a route of its own', () => {
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    const routes = OPERATIONS.map((row) => `${row.method} ${routePathOf(row)}`);
    expect(new Set(routes).size).toBe(rows.length);
  });

  it.each(rows)(
    'describes $id: parameters of its path, replies, problems once',
    ({ operation }) => {
      const named = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(Object.keys(operation.pathParameters)).toEqual(named);
      expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
      expect(Object.keys(operation.replies).length).toBeGreaterThan(0);
      expect(new Set(operation.problems).size).toBe(operation.problems.length);
    },
  );

  it.each(rows.filter(({ operation }) => operation.part !== 'process'))(
    'says that $id may be too much, for its caller or for the process',
    ({ operation }) => {
      expect(problemsOf(operation)).toContain('too_many_requests');
      expect(problemsOf(operation)).toContain('overloaded');
    },
  );

  it('has every problem of the catalogue somewhere, but for a method that no operation has', () => {
    const used = new Set(OPERATIONS.flatMap((row) => problemsOf(row)));
    const never = PROBLEM_CODES.filter((code) => !used.has(code));
    expect(never).toEqual(['method_not_allowed']);
  });

  it('finds the row of a route, and of the HEAD beside it', () => {
    const row = operationOfRoute('GET', '/internal/v1/runs/:run_id/events');
    expect(row?.id).toBe('listRunEvents');
    expect(operationOfRoute('HEAD', '/internal/v1/runs/:run_id/events')).toBe(row);
    expect(operationOfRoute('POST', '/internal/v1/runs/:run_id/events')?.scopes).toEqual([
      'ingest',
    ]);
    expect(operationOfRoute('PUT', '/internal/v1/runs')).toBeUndefined();
  });
});

describe('the Idempotency-Key header', () => {
  it.each([
    'abc',
    '"abc"',
    'a',
    '"a b"',
    'a b',
    'a"b',
    '"a\\"b"',
    '"a\\\\"',
    '',
    '"',
    '""',
    '"a',
    '"a"b"',
    '"a\\b"',
    'é',
    'a\tb',
    ' a',
    'a ',
    '" a"',
    'x'.repeat(255),
    'x'.repeat(256),
    `"${'x'.repeat(255)}"`,
    `"${'x'.repeat(256)}"`,
    `"${'\\"'.repeat(255)}"`,
  ])('is described as it is read: %s', (header) => {
    const { success } = writeHeaders['Idempotency-Key'].safeParse(header.trim());
    expect(success).toBe('key' in parseIdempotencyKey(header));
  });
});

describe('the page about security', () => {
  it('names every operation that needs no credential, and no other', () => {
    const page = readFileSync(new URL('../../../../docs/security.md', import.meta.url), 'utf8');
    const row = /^\| no credential +\|(.*)\|$/m.exec(page)?.[1] ?? '';
    const named = [...row.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
    const open = OPERATIONS.filter(({ scopes }) => scopes.length === 0);
    expect(open.map(({ method }) => method)).toEqual(open.map(() => 'GET'));
    expect(named.sort()).toEqual(open.map(({ path }) => path).sort());
  });
});
