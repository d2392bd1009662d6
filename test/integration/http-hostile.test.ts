import { BATCH_LINES_MAX } from '@refold/contracts';
import { collectedHeap } from '@refold/test-kit';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import { openMemoryPorts, type Answer } from './http-stack.js';

/** The largest body that the server reads. */
const BODY_BYTES = 8_388_608;

describe('hostile requests, over HTTP', () => {
  const stack = sharedStack(openMemoryPorts);

  const send = (runId: string, payload: string, type: string): Promise<Answer> =>
    stack().send({
      method: 'POST',
      path: `/internal/v1/runs/${runId}/events`,
      payload,
      headers: { 'content-type': type },
    });

  describe('a batch of more lines than fit', () => {
    const fill = (piece: string): string => piece.repeat(Math.floor(BODY_BYTES / piece.length));

    it.each([
      ['empty lines', fill('\n'), 'application/x-ndjson'],
      ['numbers', fill('1\n'), 'application/x-ndjson'],
      ['broken lines', fill('{\n'), 'application/x-ndjson'],
      ['an array of numbers', `[${fill('0,').slice(4)}0]`, 'application/json'],
    ])('is refused before its lines are read: %s', async (_name, body, type) => {
      const runId = freshId('lines');
      await stack().post('/runs', { run_id: runId });
      const before = collectedHeap();
      const splitting = vi.spyOn(String.prototype, 'split');
      const parsing = vi.spyOn(JSON, 'parse');
      onTestFinished(() => void vi.restoreAllMocks());
      const reply = await send(runId, body, type);
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(200_000_000);
      const pieces = splitting.mock.results.map(({ value }) => (value as string[]).length);
      expect(Math.max(...pieces)).toBeLessThan(2 * BATCH_LINES_MAX);
      expect(parsing.mock.calls.length).toBeLessThan(10);
      expect(reply.body).toMatchObject({ status: 413, max_lines: BATCH_LINES_MAX });
    });
  });

  describe('more faults than anybody reads', () => {
    it('are counted, and the first hundred listed', async () => {
      const names = Array.from({ length: 50_000 }, (_, n) => `"k${n}":1`);
      const reply = await send('r', `{"event_type":"x",${names.join()}}`, 'application/json');
      expect(reply.body).toMatchObject({ status: 400, errors_left_out: 49_900 });
      expect(reply.body.errors).toHaveLength(100);
      expect(reply.text.length).toBeLessThan(20_000);
    });

    it('are cut where one alone is as long as a body', async () => {
      const name = 'k'.repeat(1_000_000);
      const reply = await send('r', `{"event_type":"x","${name}":1}`, 'application/json');
      expect(reply.status).toBe(400);
      expect(reply.body.errors[0]?.field).toMatch(/^\/kkk+…$/);
      expect(reply.text.length).toBeLessThan(10_000);
    });
  });

  describe('a run of large events', () => {
    const EVENTS = 60;
    const runId = freshId('large');

    beforeAll(async () => {
      await stack().post('/runs', { run_id: runId });
      const payload = { text: 'x'.repeat(250_000) };
      for (let n = 1; n < EVENTS; n += 20) {
        const events = Array.from({ length: Math.min(20, EVENTS - n) }, () => ({
          event_type: 'run.delta',
          payload,
        }));
        const sent = await stack().post(`/runs/${runId}/events`, events);
        expect(sent.body.results.map(({ status }) => status)).toEqual(events.map(() => 201));
      }
    });

    it('is shown in pages that end early, and whole by following them', async () => {
      const seqs: number[] = [];
      for (let after: string | null = '0'; after !== null;) {
        const path: string = `/runs/${runId}/events?limit=200&after_seq=${after}`;
        const page: Answer = await stack().get(path);
        expect(page.text.length).toBeLessThan(9_000_000);
        seqs.push(...page.body.events.map(({ seq }) => seq));
        after = page.body.next_cursor;
      }
      expect(seqs).toEqual(Array.from({ length: EVENTS }, (_, n) => n + 1));
    });

    it('is included with as many events as fit, and says where to go on', async () => {
      const { body, text } = await stack().get(`/runs/${runId}?include=events`);
      expect(text.length).toBeLessThan(9_000_000);
      expect(body.run.events.length).toBeGreaterThan(10);
      expect(body.run.events_next_cursor).toBe(String(body.run.events.length));
    });
  });
});
