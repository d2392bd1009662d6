import {
  partitionOf,
  type DeadLetterListReply,
  type DeadLetterWithValueReply,
  type OperationWithPlanReply,
  type ProblemDocument,
} from '@refold/contracts';
import { describe, expect, it, vi } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import type { OpenPorts } from './http-stack.js';
import { carriedOut, ended } from './operator-runs.js';

const WAIT = { timeout: 30_000, interval: 50 };

/** Dead letters that are looked at and published again, on any backend. */
export function lettersSuite(backend: string, open: OpenPorts): void {
  describe(`dead letters, on ${backend}`, () => {
    const stack = sharedStack(open);

    /** Writes a record as a producer of somebody else would; returns where it stands. */
    async function written(key: string, value: string, partition: number): Promise<number> {
      const { log, installation } = stack();
      const { topic } = installation.projections.runs;
      const lane = await log.openLane(await log.laneOf(topic, partition));
      const [appended] = await lane.send([{ topic, partition, key, value }]);
      await lane.close();
      const offset = appended?.offset ?? -1;
      await vi.waitFor(async () => {
        const { status } = await stack().get(`/dead-letters/runs/${partition}/${offset}`);
        expect(status).toBe(200);
      }, WAIT);
      return offset;
    }

    const shown = async (partition: number, offset: number): Promise<DeadLetterWithValueReply> =>
      JSON.parse(
        (await stack().get(`/dead-letters/runs/${partition}/${offset}`)).text,
      ) as DeadLetterWithValueReply;

    const listed = async (partition: number, offset: number) => {
      const { text } = await stack().get(`/dead-letters?projection=runs&partition=${partition}`);
      const { dead_letters: letters } = JSON.parse(text) as DeadLetterListReply;
      return letters.find((letter) => letter.offset === offset);
    };

    const envelope = (runId: string) => ({
      specversion: '1.0',
      refoldversion: 1,
      id: `letter-${runId}`,
      source: '/somebody/else',
      type: 'run.started',
      subject: `runs/${runId}`,
      data: { title: 'a letter' },
    });

    it('are shown with their value, mended and published again, once', async () => {
      const runId = freshId('letter');
      const wrong = JSON.stringify(envelope(runId));
      const offset = await written(runId, wrong, 1);
      expect(await shown(1, offset)).toMatchObject({ offset, key: runId, value: wrong });
      const record = { value: { ...envelope(runId), subject: `run/${runId}` } };
      const args = { target: 'letter', partition: 1, offset, record };
      const asked = { verb: 'republish', arguments: args };
      const key = { projection: 'runs', ...asked, idempotency_key: freshId('key') };
      const first = await stack().post('/operations', key);
      const repeated = await stack().post('/operations', key);
      const { operation_id: id } = JSON.parse(first.text) as OperationWithPlanReply;
      expect([first.status, repeated.status]).toEqual([201, 201]);
      expect((JSON.parse(repeated.text) as OperationWithPlanReply).operation_id).toBe(id);
      expect((await stack().post(`/operations/${id}/execute`)).status).toBe(200);
      const done = await ended(stack(), id);
      expect([done.status, done.error]).toEqual(['done', null]);
      expect(done.plan.partitions[0]).toMatchObject({
        letter: { changed: ['subject'], reason: expect.stringContaining('subject') as string },
        record: { key: runId, value: record.value },
      });
      expect(done.record).toMatchObject({ id: `letter-${runId}`, source: '/somebody/else' });
      await vi.waitFor(async () => {
        const { run } = (await stack().get(`/runs/${runId}`)).body;
        expect(run).toMatchObject({ last_seq: 1, title: 'a letter' });
      }, WAIT);
      expect((await listed(1, offset))?.republished_by).toBe(id);
      expect(await shown(1, offset)).toMatchObject({ value: wrong, republished_by: id });
      const again = await stack().post('/operations', { projection: 'runs', ...asked });
      expect([again.status, again.body.code]).toEqual([409, 'already_republished']);
      expect((JSON.parse(again.text) as { operation_id: string }).operation_id).toBe(id);
      expect((await stack().get(`/runs/${runId}`)).body.run.last_seq).toBe(1);
    });

    it('are published again as they stand where only their place was wrong', async () => {
      const runId = freshId('misplaced');
      const value = JSON.stringify({ ...envelope(runId), subject: `run/${runId}` });
      const elsewhere = (partitionOf(runId, 4) + 1) % 4;
      const offset = await written(runId, value, elsewhere);
      const args = { target: 'letter', partition: elsewhere, offset };
      const done = await carriedOut(stack(), { verb: 'republish', arguments: args });
      expect([done.status, done.error]).toEqual(['done', null]);
      await vi.waitFor(async () => {
        expect((await stack().get(`/runs/${runId}`)).status).toBe(200);
      }, WAIT);
    });

    it('are not published as what would be a dead letter again', async () => {
      const runId = freshId('bad');
      const offset = await written(runId, 'not JSON', 2);
      const asked = async (record?: object) => {
        const args = { target: 'letter', partition: 2, offset, ...(record && { record }) };
        const body = { verb: 'republish', projection: 'runs', arguments: args };
        const reply = await stack().post('/operations', body);
        const { refusals = [] } = JSON.parse(reply.text) as ProblemDocument;
        expect(reply.body.detail).toContain('--record FILE');
        return [reply.status, refusals[0]?.reason];
      };
      expect(await asked()).toEqual([409, 'not_an_event']);
      expect(await asked({ value: envelope(runId) })).toEqual([409, 'not_an_event']);
      expect(await asked({ value: { ...envelope(runId), type: 'rules.changed' } })).toEqual([
        409,
        'not_an_event',
      ]);
      const forged = { ...envelope(runId), subject: 'operation/op-1', type: 'operation.approved' };
      expect(await asked({ value: forged })).toEqual([409, 'not_an_event']);
      const missing = { target: 'letter', partition: 2, offset: offset + 1_000 };
      const body = { verb: 'republish', projection: 'runs', arguments: missing };
      expect((await stack().post('/operations', body)).body.code).toBe('plan_refused');
    });

    it('may be tried again where the first operation was canceled', async () => {
      const runId = freshId('again');
      const value = JSON.stringify(envelope(runId));
      const offset = await written(runId, value, 3);
      const record = { value: { ...envelope(runId), subject: `run/${runId}` } };
      const args = { target: 'letter', partition: 3, offset, record };
      const body = { verb: 'republish', projection: 'runs', arguments: args };
      const first = JSON.parse(
        (await stack().post('/operations', body)).text,
      ) as OperationWithPlanReply;
      expect((await stack().post('/operations', body)).body.code).toBe('already_republished');
      await stack().post(`/operations/${first.operation_id}/cancel`);
      const done = await carriedOut(stack(), { verb: 'republish', arguments: args });
      expect(done.status).toBe('done');
      expect(done.operation_id).not.toBe(first.operation_id);
    });
  });
}
