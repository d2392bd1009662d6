import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../run-cli.fixture.js';

const letterAt = (offset: number, more: object = {}) => ({
  topic: 'refold.runs',
  partition: 3,
  offset,
  reason: 'the record has no value',
  key: 'r-1',
  bytes: 1_234,
  recorded_at: '2026-01-31T12:00:00.000Z',
  ...more,
});

/** What the server has, by projection and cursor. */
let pages: Record<string, { dead_letters: unknown[]; next_cursor: string | null }>;
const asked: string[] = [];
const server = createServer(({ url = '' }, response) => {
  asked.push(url);
  const { searchParams } = new URL(url, 'http://localhost');
  const page = `${searchParams.get('projection')}${searchParams.get('cursor') ?? ''}`;
  response.end(JSON.stringify(pages[page] ?? { dead_letters: [], next_cursor: null }));
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  pages = {};
  asked.length = 0;
});

function list(...args: string[]) {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return run(['dead-letters', 'list', ...args], { REFOLD_URL: url });
}

describe('refold dead-letters list', () => {
  it('says that there is none', async () => {
    expect(await list()).toEqual({ code: 0, out: 'No dead letter.\n', err: '' });
    expect(asked.map((url) => /projection=(\w+)/.exec(url)?.[1])).toEqual([
      'runs',
      'workers',
      'operations',
    ]);
  });

  it('shows a table of all projections, page by page', async () => {
    pages['runs'] = { dead_letters: [letterAt(12)], next_cursor: 'x' };
    const published = { key: null, republished_by: 'letter.runs.3.7.1' };
    pages['runsx'] = { dead_letters: [letterAt(7, published)], next_cursor: null };
    pages['workers'] = {
      dead_letters: [letterAt(5, { topic: 'refold.workers' })],
      next_cursor: null,
    };
    const { code, out } = await list();
    expect(code).toBe(0);
    expect(out.split('\n').map((line) => line.replaceAll(/ {2,}/g, '  '))).toEqual([
      'topic  partition  offset  recorded  bytes  key  republished  reason',
      'refold.runs  3  12  2026-01-31T12:00:00.000Z  1,234  r-1  -  the record has no value',
      'refold.runs  3  7  2026-01-31T12:00:00.000Z  1,234  -  yes  the record has no value',
      'refold.workers  3  5  2026-01-31T12:00:00.000Z  1,234  r-1  -  the record has no value',
      '',
    ]);
  });

  it('lets nothing of a record reach the terminal as it is', async () => {
    const hostile = '\u001b[2J\n\u009b1m\u202e\ud800';
    const letter = letterAt(1, {
      key: hostile + 'k'.repeat(500),
      reason: `the key is "${hostile}"`,
    });
    pages['runs'] = { dead_letters: [letter], next_cursor: null };
    const { out } = await list();
    expect(out).toContain('the key is "\\u{1b}[2J\\u{a}\\u{9b}1m\\u{202e}\\u{d800}"');
    expect(out).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|\p{Cs}/u);
    expect(out).toContain('…');
    expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThan(250);
  });

  it('asks for one partition, and stops at the limit', async () => {
    pages['workers'] = { dead_letters: [letterAt(3), letterAt(2), letterAt(1)], next_cursor: 'x' };
    const args = ['--projection', 'workers', '--partition', '3', '--limit', '2'];
    const { code, out } = await list(...args);
    expect(code).toBe(0);
    expect(out).toContain('There are more');
    expect(asked).toEqual(['/internal/v1/dead-letters?projection=workers&partition=3&limit=3']);
    expect(JSON.parse((await list(...args, '--json')).out)).toEqual({
      dead_letters: [letterAt(3), letterAt(2)],
      more: true,
    });
  });
});
