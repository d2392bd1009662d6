import {
  partitionOf,
  type OperationReply,
  type OperationWithPlanReply,
  type ProblemDocument,
} from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import type { HttpStack, OpenPorts } from './http-stack.js';

type Refusal = Pick<ProblemDocument, 'refusals' | 'changes' | 'running_operation_id'>;

/** A run ID of its own that lives on a partition. */
export function idOn(partition: number, partitions: number): string {
  for (;;) {
    const id = freshId('run');
    if (partitionOf(id, partitions) === partition) return id;
  }
}

/** A run of `events` events. */
export async function writeRun(
  stack: HttpStack,
  events: number,
  runId = freshId('run'),
): Promise<string> {
  await stack.post('/runs', { run_id: runId });
  for (let n = 1; n < events; n++) {
    await stack.post(`/runs/${runId}/events`, { event_type: 'run.delta', payload: { n } });
  }
  return runId;
}

/** What a request plans. */
export interface Asked {
  verb?: string;
  projection?: string;
  partitions?: number[];
  arguments: Record<string, unknown>;
  sample?: number;
  dry_run?: boolean;
  idempotency_key?: string;
}

/** Plans an operation that must be planned. */
export async function planned(stack: HttpStack, asked: Asked): Promise<OperationWithPlanReply> {
  const reply = await stack.post('/operations', { verb: 'rewind', projection: 'runs', ...asked });
  expect([reply.status, reply.text]).toEqual([201, expect.any(String)]);
  return JSON.parse(reply.text) as OperationWithPlanReply;
}

/** What planning is over HTTP, on any backend. */
export function planTests(open: OpenPorts): void {
  describe('plans of operations', () => {
    const stack = sharedStack(open);

    it('say what would be done, and are kept with the operation', async () => {
      const runId = await writeRun(stack(), 3);
      const subject = `run/${runId}`;
      const made = await planned(stack(), { arguments: { target: 'run', subject } });
      expect(made).toMatchObject({
        status: 'planned',
        approval: 'not_required',
        verb: 'rewind',
        projection: 'runs',
        plan: { streams: 1, records: 3, read_records: 3, arguments: { target: 'run', subject } },
      });
      const shown = await stack().get(`/operations/${made.operation_id}`);
      expect(JSON.parse(shown.text)).toMatchObject({
        operation_id: made.operation_id,
        plan: made.plan,
      });
      const { body } = await stack().get(`/runs/${runId}`);
      expect(body.run.last_seq).toBe(3);
    });

    it('are repeated with their key, and another plan under it is a conflict', async () => {
      await writeRun(stack(), 1);
      const asked = { arguments: { target: 'to-current' }, idempotency_key: freshId('key') };
      const first = await planned(stack(), asked);
      await writeRun(stack(), 2);
      const again = await planned(stack(), asked);
      expect(again.operation_id).toBe(first.operation_id);
      expect(again.plan).toEqual(first.plan);
      const other = { ...asked, arguments: { target: 'to-earliest' } };
      const body = { verb: 'rewind', projection: 'runs', ...other };
      expect((await stack().post('/operations', body)).body.code).toBe('idempotency_conflict');
    });

    it('to where it stands are plans of no records', async () => {
      await writeRun(stack(), 1);
      const { plan } = await planned(stack(), { arguments: { target: 'to-current' } });
      expect(plan).toMatchObject({ records: 0, streams: 0, read_records: 0, eta_seconds: 0 });
    });

    it('that go ahead are refused with what they would skip', async () => {
      await writeRun(stack(), 1);
      const ahead = { target: 'shift-by', shift: 7 };
      const body = { verb: 'rewind', projection: 'runs', partitions: [0, 1, 2, 3] };
      const reply = await stack().post('/operations', { ...body, arguments: ahead });
      expect([reply.status, reply.body.code]).toEqual([409, 'plan_refused']);
      const { refusals = [] } = JSON.parse(reply.text) as Refusal;
      expect(refusals[0]).toMatchObject({ reason: 'forward', skips: 7 });
      expect(reply.body.detail).toContain(`would skip ${7 * refusals.length} events`);
    });

    it('for a run that does not exist are refused in words, of a dry run as well', async () => {
      const subject = `run/${freshId('nobody')}`;
      for (const verb of ['rewind', 'verify', 'repair']) {
        for (const dry_run of [false, true]) {
          const body = { verb, projection: 'runs', arguments: { target: 'run', subject }, dry_run };
          const reply = await stack().post('/operations', body);
          expect([reply.status, reply.body.code, reply.body.detail]).toEqual([
            409,
            'plan_refused',
            `${subject} does not exist.`,
          ]);
          const { refusals } = JSON.parse(reply.text) as Refusal;
          expect(refusals).toMatchObject([{ reason: 'unknown_stream' }]);
        }
      }
    });

    it('of a dry run are answered and leave no operation', async () => {
      await writeRun(stack(), 2);
      const before = (await stack().get('/operations')).text;
      const body = { verb: 'rewind', projection: 'runs', arguments: { target: 'to-earliest' } };
      const reply = await stack().post('/operations', { ...body, dry_run: true });
      expect(reply.status).toBe(200);
      expect(JSON.parse(reply.text)).toMatchObject({ plan: { verb: 'rewind' } });
      expect((await stack().get('/operations')).text).toBe(before);
    });

    it.each([
      [{ target: 'to-datetime', datetime: 'yesterday' }, '/arguments/datetime'],
      [{ target: 'by-duration', duration: 'P1M' }, '/arguments/duration'],
      [{ target: 'from-file', file: 'x' }, '/arguments/file'],
      [{ target: 'run', subject: 'worker/w' }, '/arguments/subject'],
      [{ target: 'to-offset', offset: -1 }, '/arguments/offset'],
    ])('with %j name the argument that is wrong', async (args, field) => {
      const body = { verb: 'rewind', projection: 'runs', arguments: args };
      const { status, body: problem } = await stack().post('/operations', body);
      expect([status, problem.errors[0]?.field]).toEqual([400, field]);
    });

    it('are listed newest first, by projection, verb and status, page by page', async () => {
      const args = { arguments: { target: 'to-current' } };
      const ids: string[] = [];
      for (let n = 0; n < 3; n++) {
        ids.unshift((await planned(stack(), { ...args, projection: 'workers' })).operation_id);
      }
      const listed: string[] = [];
      for (let cursor = ''; ;) {
        const query = `projection=workers&verb=rewind&status=planned&limit=2${cursor}`;
        const page = (await stack().get(`/operations?${query}`)).text;
        const { operations, next_cursor: next } = JSON.parse(page) as {
          operations: OperationReply[];
          next_cursor: string | null;
        };
        listed.push(...operations.map(({ operation_id: id }) => id));
        if (next === null) break;
        cursor = `&cursor=${next}`;
      }
      expect([...listed].sort()).toEqual([...ids].sort());
      const none = await stack().get('/operations?projection=workers&verb=verify');
      expect(JSON.parse(none.text)).toMatchObject({ operations: [], next_cursor: null });
    });

    it('that nobody made are not found', async () => {
      const why = 'There is no operation none: refold operations list shows those that there are.';
      const read = await stack().get('/operations/none');
      expect([read.status, read.body.code, read.body.detail]).toEqual([404, 'not_found', why]);
      for (const step of ['approve', 'execute', 'cancel']) {
        const { status, body } = await stack().post(`/operations/none/${step}`);
        expect([step, status, body.code, body.detail]).toEqual([step, 404, 'not_found', why]);
        expect(body).toMatchObject({ operation_id: 'none' });
      }
    });
  });
}
