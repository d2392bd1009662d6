import { encodeEnvelope, partitionOf, type JsonValue } from '@refold/contracts';
import type { OperationDocument } from '@refold/domain';
import { encodeReceipt, ProjectionReader, type Appended } from '@refold/pipeline';
import { describe, expect, it, vi } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import type { OpenPorts } from './http-stack.js';

const PLAN = {
  verb: 'rewind',
  projection: 'runs',
  approval: 'required',
  plan: { records: 3, streams: 1, bytes: 90, partitions: [{ partition: 2, from: 5, to: 8 }] },
};

/** What operators did, as it stands on the log of any backend. */
export function operationTests(open: OpenPorts): void {
  describe('operations', () => {
    const stack = sharedStack(open);

    /** Writes records of one operation to its topic, in order, as the door for operators would. */
    async function write(id: string, values: readonly string[]): Promise<Appended[]> {
      const { log, installation } = stack();
      const { topic, partitions } = installation.projections.operations;
      const partition = partitionOf(id, partitions);
      const sender = await log.openLane(await log.laneOf(topic, partition));
      try {
        return await sender.send(values.map((value) => ({ topic, partition, key: id, value })));
      } finally {
        await sender.close();
      }
    }

    const claim = (id: string, type: string, principal: string, data: JsonValue = null): string =>
      encodeEnvelope({
        id: `${type}-${principal}`,
        source: '/test',
        type: `operation.${type}`,
        subject: `operation/${id}`,
        principal,
        data,
      });

    it('are folded like every other stream, and their claims have receipts', async () => {
      const id = freshId('operation');
      const written = await write(id, [
        claim(id, 'planned', 'ann', PLAN),
        claim(id, 'approved', 'ann'),
        claim(id, 'approved', 'bob'),
        claim(id, 'started', 'ann'),
      ]);
      const { store, installation } = stack();
      const projection = installation.projections.operations;
      const reader = new ProjectionReader(store, projection);
      await vi.waitFor(
        async () => {
          const { document } = await reader.document('operation', id);
          expect(document?.state?.status).toBe('running');
        },
        { timeout: 20_000, interval: 20 },
      );
      const { document, events } = await reader.timeline('operation', id, 0, 10);
      expect(events.map(({ type }) => type)).toEqual([
        'operation.planned',
        'operation.approved',
        'operation.started',
      ]);
      const view = document?.views['operation'] as OperationDocument;
      expect(view).toMatchObject({ planned_by: 'ann', approved_by: 'bob', started_by: 'ann' });

      const told = await Promise.all(
        ['planned-ann', 'approved-ann', 'approved-bob'].map(async (eventId, n) => {
          const receipt = encodeReceipt({
            projection: 'operations',
            partition: partitionOf(id, projection.partitions),
            offset: written[n]?.offset ?? -1,
            subject: `operation/${id}`,
            source: '/test',
            eventId,
            content: null,
          });
          return (await stack().get(`/receipts/${receipt}`)).body.state;
        }),
      );
      expect(told).toEqual(['accepted', 'rejected', 'accepted']);
    });

    it('have dead letters and a place among the projectors', async () => {
      const id = freshId('operation');
      await write(id, ['not a record']);
      await vi.waitFor(
        async () => {
          const reply = await stack().get('/dead-letters?projection=operations');
          expect(reply.text).toContain(`"key":"${id}"`);
        },
        { timeout: 20_000, interval: 20 },
      );
      const { body } = await stack().get('/projectors');
      const found = body.projectors.find(({ projection }) => projection === 'operations');
      expect(found?.partitions.map(({ views }) => views)).toContain('operation@1');
      const drift = await stack().get(`/projectors/drift?topic=operation:${id}:lifecycle`);
      expect(drift.body).toMatchObject({ status: 404, code: 'not_found' });
    });

    it('are not written by way of runs: such an event is the run’s own', async () => {
      const { log, installation } = stack();
      const { topic, partitions } = installation.projections.operations;
      const endsOf = async () =>
        Promise.all(
          Array.from({ length: partitions }, async (_, p) => (await log.range(topic, p)).end),
        );
      const before = await endsOf();
      const runId = freshId('run');
      await stack().post('/runs', { run_id: runId });
      const event = { event_type: 'operation.approved', payload: { principal: 'bob' } };
      expect((await stack().post(`/runs/${runId}/events`, event)).status).toBe(201);
      const { body } = await stack().get(`/runs/${runId}/events`);
      expect(body.events.at(-1)?.event_type).toBe('operation.approved');
      expect(await endsOf()).toEqual(before);
    });
  });
}
