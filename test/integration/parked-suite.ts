import {
  encodeEnvelope,
  partitionOf,
  type ExplanationReply,
  type ParkedListReply,
  type ParkedReply,
  type ProblemDocument,
} from '@refold/contracts';
import type { ViewStore } from '@refold/pipeline';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import type { OpenPorts } from './http-stack.js';
import { planned } from './operator-plans.js';
import { carriedOut, ended } from './operator-runs.js';
import { appendTo, foldedOf, freshlyFoldedOf, runsOf, stuckRun } from './parked-runs.js';
import { breakRules, POISON } from './poison.js';

const WAIT = { timeout: 30_000, interval: 50 };

/** Streams that stand parked, and dead letters, over HTTP on any backend. */
export function parkedSuite(backend: string, open: OpenPorts): void {
  describe(`parked streams, on ${backend}`, () => {
    // Few runs, of which most are to park.
    const stack = sharedStack(open, { breaker: { streams: 1, share: 1 } });

    afterEach(() => {
      vi.restoreAllMocks();
    });

    const append = (runId: string, type: string) => appendTo(stack(), runId, type);
    const stuck = (cause: string) => stuckRun(stack(), cause);

    const receiptOf = async (token: string) => {
      const { text } = await stack().get(`/receipts/${token}`);
      return JSON.parse(text) as { state: string; seq?: number; problem?: { code: string } };
    };

    const parkedOf = async (query = ''): Promise<ParkedListReply> =>
      JSON.parse((await stack().get(`/parked?projection=runs${query}`)).text) as ParkedListReply;

    const freshlyFolded = (): Promise<ViewStore> => freshlyFoldedOf(stack());

    it('are listed by error, and shown with the event, the error and the state before it', async () => {
      const broken = breakRules();
      const { runId, offset } = await stuck('listed');
      const other = freshId('other');
      await stack().post('/runs', { run_id: other });
      const { body } = await append(other, 'run.delta');
      expect(body.verdict).toBe('accepted');
      const error = encodeURIComponent('TypeError: poison {"cause":"listed"}');
      const { parked } = await parkedOf(`&error=${error}`);
      expect(parked).toEqual([
        {
          stream: { kind: 'run', id: runId },
          topic: stack().installation.projections.runs.topic,
          partition: partitionOf(runId, 4),
          offset,
          recorded_at: expect.any(String) as string,
          error: 'TypeError: poison {"cause":"listed"}',
          error_class: 'TypeError',
          waiting_events: 2,
          last_offset: expect.any(Number) as number,
        },
      ]);
      expect((await parkedOf('&error=RangeError')).parked).toEqual([]);
      const shown = await stack().get(`/parked/runs/${runId}`);
      expect(JSON.parse(shown.text) as ParkedReply).toMatchObject({
        ...parked[0],
        event: {
          event_type: POISON,
          payload: { cause: 'listed' },
          recorded_at: parked[0]?.recorded_at,
        },
        state_before: { status: 'running', last_seq: 2, views: { run: { message_count: 1 } } },
        freshness: { state: 'parked' },
      });
      expect((await stack().get(`/parked/runs/${other}`)).body.code).toBe('not_found');
      const explained = await stack().get(`/explanations?subject=run/${runId}`);
      const { records } = JSON.parse(explained.text) as ExplanationReply;
      const waits = `waits behind offset ${offset}`;
      expect(records.map(({ verdict, reason }) => [verdict, reason])).toEqual([
        ['accepted', null],
        ['accepted', null],
        ['parked', 'TypeError: poison {"cause":"listed"}'],
        ['parked', waits],
        ['parked', waits],
      ]);
      broken.mend();
      await carriedOut(stack(), {
        verb: 'redrive',
        arguments: { target: 'run', subject: `run/${runId}` },
      });
      expect((await parkedOf()).parked).toEqual([]);
    });

    it('are redriven after the fix as if they had never stood still', async () => {
      const broken = breakRules();
      const first = await stuck('redriven a');
      const second = await stuck('redriven b');
      const third = await stuck('another cause');
      expect((await receiptOf(first.receipts[1] ?? '')).state).toBe('parked');
      broken.mend();
      const args = { target: 'parked', error: 'TypeError: poison {"cause":"redriven' };
      const done = await carriedOut(stack(), { verb: 'redrive', arguments: args });
      expect([done.status, done.error]).toEqual(['done', null]);
      expect(done.plan.partitions.flatMap(({ subjects }) => subjects).sort()).toEqual(
        [`run/${first.runId}`, `run/${second.runId}`].sort(),
      );
      expect(done.plan).toMatchObject({ streams: 2, records: 10 });
      expect(done.result).toMatchObject({ streams: 2, records: 10, replaced: 2 });
      expect(await receiptOf(first.receipts[0] ?? '')).toMatchObject({ state: 'accepted', seq: 3 });
      expect(await receiptOf(first.receipts[1] ?? '')).toMatchObject({ state: 'accepted', seq: 4 });
      const { parked } = await parkedOf();
      expect(parked.map(({ stream }) => stream.id)).toEqual([third.runId]);
      const all = await carriedOut(stack(), { verb: 'redrive', arguments: { target: 'parked' } });
      expect(all.result).toMatchObject({ streams: 1, replaced: 1 });
      const runs = [first.runId, second.runId, third.runId];
      expect(await foldedOf(stack(), stack().store, runs)).toEqual(
        await foldedOf(stack(), await freshlyFolded(), runs),
      );
      const checked = await carriedOut(stack(), {
        verb: 'verify',
        arguments: { target: 'to-earliest' },
      });
      expect(checked.result.differing).toBe(0);
    });

    it('are told of where they park again, and not where they do not', async () => {
      const broken = breakRules();
      const { runId } = await stuck('parks again');
      const args = { target: 'run', subject: `run/${runId}` };
      const again = await carriedOut(stack(), { verb: 'redrive', arguments: args });
      expect(again.result).toMatchObject({ streams: 1, replaced: 1, still_parked: 1 });
      broken.mend();
      const mended = await carriedOut(stack(), { verb: 'redrive', arguments: args });
      expect(mended.result).toMatchObject({ streams: 1, replaced: 1, still_parked: 0 });
    });

    it('are planned once with one key and the same partitions', async () => {
      const asked = async (partitions: number[] | null) => {
        const body = { verb: 'redrive', projection: 'runs', arguments: { target: 'parked' } };
        const reply = await stack().post('/operations', { ...body, partitions, ...key });
        const { operation_id: id } = JSON.parse(reply.text) as { operation_id: string };
        return reply.status === 201 ? id : reply.body.code;
      };
      const key = { idempotency_key: freshId('key') };
      const first = await asked([2, 1]);
      expect(await asked([1, 2, 1])).toBe(first);
      expect(await asked([1])).toBe('idempotency_conflict');
      expect(await asked(null)).toBe('idempotency_conflict');
      key.idempotency_key = freshId('key');
      const all = await asked(null);
      expect(await asked([3, 2, 1, 0])).toBe(all);
      expect(await asked([0])).toBe('idempotency_conflict');
    });

    it('go on without an event that is skipped, and do so after every rebuild', async () => {
      const broken = breakRules();
      const { runId, offset, receipts } = await stuck('skipped');
      const args = { target: 'claim', subject: `run/${runId}`, offset };
      const done = await carriedOut(stack(), { verb: 'skip', arguments: args });
      expect([done.status, done.error]).toEqual(['done', null]);
      expect(done.plan).toMatchObject({ streams: 1, records: 5 });
      expect(done.plan.partitions[0]?.skip).toMatchObject({ subject: `run/${runId}`, offset });
      expect(done.result).toMatchObject({ streams: 1, records: 5, replaced: 1 });
      const [poison = '', later = ''] = receipts;
      expect(await receiptOf(poison)).toMatchObject({
        state: 'rejected',
        problem: { code: 'skipped' },
      });
      expect(await receiptOf(later)).toMatchObject({ state: 'accepted', seq: 3 });
      const { run } = (await stack().get(`/runs/${runId}`)).body;
      expect(run).toMatchObject({ status: 'succeeded', last_seq: 4 });
      const explained = await stack().get(`/explanations?subject=run/${runId}`);
      const { records } = JSON.parse(explained.text) as ExplanationReply;
      expect(records.at(-1)).toMatchObject({
        event_type: 'claim.skipped',
        verdict: 'skips',
        skips: { offset, source: '/refold/ingest', event_id: records[2]?.event_id },
      });
      const asItIs = await runsOf(stack(), stack().store, [runId]);
      expect(await runsOf(stack(), await freshlyFolded(), [runId])).toEqual(asItIs);
      broken.mend();
      const now = await foldedOf(stack(), stack().store, [runId]);
      expect(await foldedOf(stack(), await freshlyFolded(), [runId])).toEqual(now);
      const subject = `run/${runId}`;
      await carriedOut(stack(), { arguments: { target: 'run', subject } });
      expect(await foldedOf(stack(), stack().store, [runId])).toEqual(now);
    });

    it('are skipped only where they stand', async () => {
      const broken = breakRules();
      const { runId, offset } = await stuck('not skipped');
      const asked = async (verb: string, args: object) => {
        const body = { verb, projection: 'runs', arguments: args };
        const reply = await stack().post('/operations', body);
        const { refusals = [] } = JSON.parse(reply.text) as ProblemDocument;
        return [reply.status, refusals[0]?.reason ?? reply.body.errors[0]?.field];
      };
      const subject = `run/${runId}`;
      expect(await asked('skip', { target: 'claim', subject, offset: offset + 1 })).toEqual([
        409,
        'parked_elsewhere',
      ]);
      expect(await asked('skip', { target: 'run', subject })).toEqual([400, '/arguments/target']);
      expect(await asked('redrive', { target: 'run', subject: 'run/nobody' })).toEqual([
        409,
        'not_parked',
      ]);
      expect(await asked('rewind', { target: 'parked' })).toEqual([400, '/arguments/target']);
      // Redriven between plan and execution: what was accepted meanwhile is not skipped.
      const args = { target: 'claim', subject, offset };
      const { operation_id: id } = await planned(stack(), { verb: 'skip', arguments: args });
      broken.mend();
      await carriedOut(stack(), { verb: 'redrive', arguments: { target: 'run', subject } });
      await stack().post(`/operations/${id}/execute`);
      const failed = await ended(stack(), id);
      expect(failed.status).toBe('failed');
      expect(failed.error).toContain('does not stand parked');
      expect((await stack().get(`/runs/${runId}`)).body.run.last_seq).toBe(5);
    });

    it('that were redriven lose nothing to a skip that was ended, however late its record comes', async () => {
      const broken = breakRules();
      const { runId, offset } = await stuck('withdrawn');
      const subject = `run/${runId}`;
      const args = { target: 'claim', subject, offset };
      const skip = await planned(stack(), { verb: 'skip', arguments: args });
      broken.mend();
      await carriedOut(stack(), { verb: 'redrive', arguments: { target: 'run', subject } });
      await stack().post(`/operations/${skip.operation_id}/execute`);
      expect((await ended(stack(), skip.operation_id)).status).toBe('failed');
      const explained = async () => {
        const { text } = await stack().get(`/explanations?subject=${subject}`);
        return (JSON.parse(text) as ExplanationReply).records;
      };
      const about = { offset, source: '/refold/ingest' };
      const withdrawal = {
        event_type: 'claim.skip_withdrawn',
        verdict: 'withdraws',
        reason: null,
        skips: about,
      };
      const [last] = (await explained()).slice(-1);
      expect(last).toMatchObject(withdrawal);

      // Of an owner that stood still when it was about to be sent.
      const { topic } = stack().installation.projections.runs;
      const { event_id: id } = last?.skips ?? {};
      const data = { ...about, id: id ?? '', operation: skip.operation_id };
      const fields = { id: 'late', source: 'test', type: 'claim.skipped', subject, data };
      const lane = await stack().log.openLane(
        await stack().log.laneOf(topic, partitionOf(runId, 4)),
      );
      const value = encodeEnvelope(fields);
      await lane.send([{ topic, partition: partitionOf(runId, 4), key: runId, value }]);
      await lane.close();
      await vi.waitFor(async () => {
        expect((await explained()).at(-1)).toMatchObject({ event_type: 'claim.skipped' });
      }, WAIT);
      expect((await explained()).slice(-2)).toMatchObject([
        withdrawal,
        {
          verdict: 'void',
          reason: `${skip.operation_id} has withdrawn it before, at offset ${last?.offset}`,
          skips: about,
        },
      ]);
      const now = await foldedOf(stack(), stack().store, [runId]);
      expect(now[0]).toMatchObject({ state: { seq: 5 }, parked: null });
      expect(await foldedOf(stack(), await freshlyFolded(), [runId])).toEqual(now);
      await carriedOut(stack(), { arguments: { target: 'run', subject } });
      expect(await foldedOf(stack(), stack().store, [runId])).toEqual(now);
    });
  });
}
