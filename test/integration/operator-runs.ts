import type { OperationWithPlanReply } from '@refold/contracts';
import { noWrites, ProjectionReader, slotOf } from '@refold/pipeline';
import { describe, expect, it, vi } from 'vitest';
import { sharedStack } from './http-fixture.js';
import type { HttpStack, OpenPorts } from './http-stack.js';
import { idOn, planned, writeRun, type Asked } from './operator-plans.js';

/** Of the shared stack. */
const PARTITIONS = 4;

const WAIT = { timeout: 30_000, interval: 50 };

/** An operation as it is now. */
export async function operationOf(stack: HttpStack, id: string): Promise<OperationWithPlanReply> {
  const { status, text } = await stack.get(`/operations/${id}`);
  expect(status).toBe(200);
  return JSON.parse(text) as OperationWithPlanReply;
}

/** Waits until an operation has ended. */
export const ended = (stack: HttpStack, id: string): Promise<OperationWithPlanReply> =>
  vi.waitFor(async () => {
    const operation = await operationOf(stack, id);
    expect(['done', 'failed', 'canceled']).toContain(operation.status);
    return operation;
  }, WAIT);

/** Plans and carries out. */
export async function carriedOut(stack: HttpStack, asked: Asked): Promise<OperationWithPlanReply> {
  const { operation_id: id } = await planned(stack, asked);
  const started = await stack.post(`/operations/${id}/execute`);
  expect([started.status, started.text]).toEqual([200, expect.any(String)]);
  return ended(stack, id);
}

/** Carrying out plans over HTTP, on any backend. */
export function runTests(open: OpenPorts): void {
  describe('operations that are carried out', () => {
    const stack = sharedStack(open);
    let runs: Promise<string[]> | null = null;

    /** Three runs on each of the four partitions, for all tests. */
    const written = (): Promise<string[]> =>
      (runs ??= Promise.all(
        Array.from({ length: 12 }, (_, n) =>
          writeRun(stack(), 2 + (n % 3), idOn(n % PARTITIONS, PARTITIONS)),
        ),
      ));

    const documents = async (): Promise<unknown[]> =>
      Promise.all(
        (await written()).map(async (runId) => {
          const { run } = (await stack().get(`/runs/${runId}?include=events`)).body;
          return { ...run, position: null, freshness: null };
        }),
      );

    const topic = () => stack().installation.projections.runs.topic;

    const VERBS: [name: string, args: () => Promise<Asked['arguments']> | Asked['arguments']][] = [
      ['to-earliest', () => ({ target: 'to-earliest' })],
      ['to-current', () => ({ target: 'to-current' })],
      ['to-offset', () => ({ target: 'to-offset', offset: 2 })],
      ['shift-by', () => ({ target: 'shift-by', shift: -3 })],
      ['by-duration', () => ({ target: 'by-duration', duration: 'PT1H' })],
      ['to-datetime', () => ({ target: 'to-datetime', datetime: '2020-01-01T00:00:00' })],
      ['from-file', () => ({ target: 'from-file', file: `${topic()},1,0\n${topic()},3,1\n` })],
      ['run', async () => ({ target: 'run', subject: `run/${(await written())[3] ?? ''}` })],
    ];

    it.each(VERBS)('do what the plan of %s says, and leave the same', async (name, argumentsOf) => {
      const before = await documents();
      const done = await carriedOut(stack(), { arguments: await argumentsOf() });
      expect([done.status, done.error]).toEqual(['done', null]);
      const { plan, result } = done;
      expect(result).toMatchObject({ records: plan.records, streams: plan.streams });
      expect(result.replaced).toBe(plan.streams);
      expect(result.read_records).toBe(plan.read_records);
      if (name !== 'to-current') expect(plan.streams).toBeGreaterThan(0);
      const meant = plan.partitions.map(({ partition }) => partition);
      expect([...done.finished_partitions].sort()).toEqual(meant.sort());
      expect(await documents()).toEqual(before);
    });

    it('stand on the log as an audit trail', async () => {
      await written();
      const { operation_id: id } = await carriedOut(stack(), {
        arguments: { target: 'shift-by', shift: -1 },
        partitions: [0],
      });
      const { projections } = stack().installation;
      const reader = new ProjectionReader(stack().store, projections.operations);
      const { events } = await reader.timeline('operation', id, 0, 10);
      expect(events.map(({ type }) => type)).toEqual([
        'operation.planned',
        'operation.started',
        'operation.partition_finished',
        'operation.finished',
      ]);
    });

    it('verify and find nothing, and repair nothing', async () => {
      await written();
      for (const verb of ['verify', 'repair']) {
        const done = await carriedOut(stack(), { verb, arguments: { target: 'to-earliest' } });
        expect([done.status, done.error]).toEqual(['done', null]);
        expect(done.result).toMatchObject({
          streams: done.plan.streams,
          records: done.plan.records,
          read_records: done.plan.read_records,
          differing: 0,
          replaced: 0,
        });
      }
    });

    it('verify a sample, the very one of the plan', async () => {
      await written();
      const asked = { verb: 'verify', arguments: { target: 'to-earliest' }, sample: 0.5 };
      const done = await carriedOut(stack(), asked);
      expect(done.plan.sample).toBe(0.5);
      expect(done.result).toMatchObject({ streams: done.plan.streams, records: done.plan.records });
    });

    it('name what they found, and how much of each kind', async () => {
      const [runId = ''] = await written();
      const { runs: projection } = stack().installation.projections;
      const subject = `run/${runId}`;
      const slot = slotOf(projection, 0);
      const read = [{ kind: 'get', name: `d:${subject}` }] as const;
      // Live folding may commit in between, so that the damage is tried again.
      await vi.waitFor(async () => {
        const { checkpoint, results } = await stack().store.read(slot, read);
        const text = (results[0] ?? '').replace('"running"', '"queued"');
        const writes = { ...noWrites(), set: [[`d:${subject}`, text]] as [string, string][] };
        const next = checkpoint ?? '';
        const { outcome } = await stack().store.commit(slot, checkpoint, next, writes, []);
        expect(outcome).toBe('committed');
      }, WAIT);
      const asked = { arguments: { target: 'to-earliest' }, partitions: [0] };
      const { operation_id: id } = await carriedOut(stack(), { ...asked, verb: 'verify' });
      const shown = await stack().get(`/operations/${id}?include=differences`);
      const found = JSON.parse(shown.text) as OperationWithPlanReply;
      expect(found.drift).toEqual({ hash_mismatch: 1 });
      expect(found.differences).toMatchObject([
        { partition: 0, stream: subject, field: '/state/status', stored: '"queued"' },
      ]);
      const repaired = await carriedOut(stack(), { ...asked, verb: 'repair' });
      expect(repaired.result).toMatchObject({ differing: 1, replaced: 1 });
      const { streams, records } = repaired.plan;
      expect(repaired.result).toMatchObject({ streams, records });
      const after = await carriedOut(stack(), { ...asked, verb: 'verify' });
      expect(after.result.differing).toBe(0);
    });

    it('are not carried out once they are canceled', async () => {
      await written();
      const asked = { arguments: { target: 'to-current' }, partitions: [0] };
      const { operation_id: id } = await planned(stack(), asked);
      await stack().post(`/operations/${id}/cancel`, { reason: 'a mistake' });
      const { status, body } = await stack().post(`/operations/${id}/execute`);
      expect([status, body.code]).toEqual([409, 'invalid_transition']);
      expect(await operationOf(stack(), id)).toMatchObject({ status: 'canceled' });
    });
  });
}
