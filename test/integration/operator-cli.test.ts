import type { AddressInfo } from 'node:net';
import type { OperationWithPlanReply, PlanReply } from '@refold/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runRefold, type Ran } from './command-line.js';
import { openMemoryPorts, openStack, type HttpStack } from './http-stack.js';
import { idOn, writeRun } from './operator-plans.js';

const PARTITIONS = 4;

describe('the command line, against a server', () => {
  let stack: HttpStack;
  let url = '';
  const runIds: string[] = [];

  beforeAll(async () => {
    stack = await openStack(openMemoryPorts, PARTITIONS);
    await stack.refold.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = stack.refold.app.server.address() as AddressInfo;
    url = `http://127.0.0.1:${port}`;
    for (let partition = 0; partition < PARTITIONS; partition++) {
      runIds.push(await writeRun(stack, 3, idOn(partition, PARTITIONS)));
    }
  });
  afterAll(() => stack.close());

  const refold = (...args: string[]) => runRefold(url, args);

  const operationIn = ({ out }: Ran): OperationWithPlanReply =>
    JSON.parse(out) as OperationWithPlanReply;

  it('plans, for people and for programs, and does nothing', async () => {
    const shown = await refold('plan', '--to-earliest');
    expect([shown.code, shown.err]).toEqual([0, '']);
    expect(shown.out).toContain('rewind of runs: 4 streams, 12 records');
    expect(shown.out).toContain('Nothing was done');
    const { plan } = JSON.parse((await refold('plan', '--to-earliest', '--json')).out) as {
      plan: PlanReply;
    };
    expect(plan).toMatchObject({ streams: 4, records: 12 });
    const dry = await refold('rewind', '--run', runIds[1] ?? '', '--dry-run');
    expect(dry.out).toContain('1 streams, 3 records');
    expect((await refold('operations', 'list')).out).toBe('No operation.\n');
  });

  it('rewinds with --execute, tells how far it is, and what came out', async () => {
    const ran = await refold('rewind', '--shift-by', '-1', '--execute', '--yes', '--json');
    const done = operationIn(ran);
    expect([ran.code, done.status]).toEqual([0, 'done']);
    expect(done.result).toMatchObject({ streams: 4, replaced: 4, records: 12 });
    expect(ran.err).toContain('4/4 partitions, 12 records\n');
    const shown = await refold('operations', 'show', done.operation_id);
    expect(shown.out).toMatch(/status +done\n/);
    const listed = await refold('operations', 'list', '--status', 'done');
    expect(listed.out).toContain(done.operation_id);
  });

  it('verifies and repairs', async () => {
    for (const verb of ['verify', 'repair']) {
      const ran = await refold(verb, '--to-earliest', '--execute', '--yes', '--json');
      expect([ran.code, operationIn(ran).result.differing]).toEqual([0, 0]);
    }
  });

  it('takes the offsets of one partition from a list of partitions', async () => {
    const ran = await refold('plan', '--to-offset', '0', '--partition', '0,2', '--json');
    const { plan } = JSON.parse(ran.out) as { plan: PlanReply };
    expect(plan.partitions.map(({ partition }) => partition)).toEqual([0, 2]);
  });

  it.each([
    [['rewind', '--run-id'], ['rewind', '--run'], 'rewind'],
    [['rewind', '--reconcile', '--run-id'], ['repair', '--run'], 'repair'],
    [['rewind', '--reconcile', '--no-repair', '--run-id'], ['verify', '--run'], 'verify'],
    [['repair', '--no-repair', '--run-id'], ['verify', '--run'], 'verify'],
  ])('takes the words of the original: %j is %j', async (words, same, verb) => {
    const plans = await Promise.all(
      [words, same].map(async (args) => {
        const ran = await refold(...args, runIds[2] ?? '', '--dry-run', '--json');
        expect([ran.code, ran.err]).toEqual([0, '']);
        const { plan } = JSON.parse(ran.out) as { plan: PlanReply };
        return { ...plan, records_per_second: null, eta_seconds: null };
      }),
    );
    expect(plans[0]).toMatchObject({ verb, streams: 1, records: 3 });
    expect(plans[0]).toEqual(plans[1]);
  });

  it('takes what has events between two times', async () => {
    const all = await refold('plan', '--since', '2020-01-01T00:00:00Z', '--json');
    expect((JSON.parse(all.out) as { plan: PlanReply }).plan).toMatchObject({ streams: 4 });
    const until = ['--since', '2020-01-01T00:00:00Z', '--until', '2020-01-02T00:00:00Z'];
    const none = await refold('plan', ...until, '--json');
    expect((JSON.parse(none.out) as { plan: PlanReply }).plan).toMatchObject({
      streams: 0,
      arguments: { target: 'to-datetime', until: '2020-01-02T00:00:00Z' },
    });
  });

  it('explains where each record of a run lies, and why it is what it is', async () => {
    const runId = await writeRun(stack, 2);
    const headers = { 'idempotency-key': 'once' };
    const event = { event_type: 'run.delta' };
    await stack.post(`/runs/${runId}/events`, event, headers);
    await stack.post(`/runs/${runId}/events`, event, headers);
    await stack.post(`/runs/${runId}/events`, { ...event, expected_previous_seq: 9 });
    const shown = await refold('explain', runId);
    expect([shown.code, shown.err]).toEqual([0, '']);
    const rows = shown.out.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(rows.slice(2, -1).map((row) => [row[3], row[4], row[6], row[8]])).toEqual([
      ['accepted', '1', 'run.started', undefined],
      ['accepted', '2', 'run.delta', undefined],
      ['accepted', '3', 'run.delta', undefined],
      ['duplicate', '3', 'run.delta', undefined],
      ['rejected', '-', 'run.delta', 'sequence_conflict expected_seq 9 actual_seq 3'],
    ]);
    const page = await refold('explain', runId, '--limit', '2', '--json');
    const found = JSON.parse(page.out) as { records: { seq: number }[]; more: boolean };
    expect([found.records.map(({ seq }) => seq), found.more]).toEqual([[1, 2], true]);
    expect((await refold('explain', 'nobody')).out).toContain('No record.');
  });

  it('says what a target ahead of what is folded would skip', async () => {
    const ran = await refold('rewind', '--shift-by', '5', '--execute', '--yes');
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('would skip 20 events');
  });

  it('cancels a plan, and says why one may not be approved here', async () => {
    const planned = await stack.post('/operations', {
      verb: 'rewind',
      projection: 'runs',
      arguments: { target: 'to-current' },
    });
    const { operation_id: id } = JSON.parse(planned.text) as OperationWithPlanReply;
    expect((await refold('operations', 'approve', id)).code).toBe(1);
    const unasked = await refold('operations', 'execute', id);
    expect([unasked.code, unasked.err]).toEqual([2, expect.stringContaining('--yes')]);
    const ran = await refold('operations', 'cancel', id, '--reason', 'a test', '--json');
    expect([ran.code, operationIn(ran).status]).toEqual([0, 'canceled']);
    expect((await refold('operations', 'show', id)).out).toMatch(/cancel asked .*: a test\n/);
    expect((await refold('operations', 'execute', id, '--yes')).code).toBe(1);
  });

  it('tells how far behind each projection is', async () => {
    const { out, code } = await refold('lag', '--json');
    const { lag } = JSON.parse(out) as { lag: { projection: string; lag_events: number }[] };
    expect(code).toBe(0);
    expect(lag.map(({ projection }) => projection)).toEqual(['runs', 'workers', 'operations']);
    expect((await refold('lag')).out).toContain('worst partition');
  });

  it.each([
    [['plan'], 'exactly one of --to-earliest'],
    [['plan', '--to-earliest', '--to-latest'], 'exactly one of --to-earliest'],
    [['rewind', '--to-current', '--execute'], '--yes'],
    [['rewind', '--to-current', '--execute', '--dry-run'], 'exclude each other'],
    [['rewind', '--to-offset', '-1'], 'to-offset'],
    [['rewind', '--to-current', '--no-repair'], '--reconcile'],
    [['plan', '--to-earliest', '--until', '2026-01-01T00:00:00'], '--since'],
    [['explain', 'x', '--limit', '0'], 'from 1 to 10000'],
  ])('%j is a wrong call', async (args, told) => {
    const ran = await refold(...args);
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining(told)]);
    expect((await refold('operations', 'list', '--status', 'planned')).out).toBe('No operation.\n');
  });
});
