import type { AddressInfo } from 'node:net';
import type { OperationWithPlanReply } from '@refold/contracts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runRefold } from './command-line.js';
import { openMemoryPorts, openStack, type HttpStack } from './http-stack.js';

describe('the command line, about what is over', () => {
  let stack: HttpStack;
  let url = '';

  beforeAll(async () => {
    stack = await openStack(openMemoryPorts, 1);
    await stack.refold.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = stack.refold.app.server.address() as AddressInfo;
    url = `http://127.0.0.1:${port}`;
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await stack.close();
  });

  const refold = (...args: string[]) => runRefold(url, args);

  it('archives runs, and cuts the log behind them', async () => {
    for (const runId of ['a', 'b']) {
      await stack.post('/runs', { run_id: runId });
      const end = { event_type: 'run.finished', payload: { status: 'failed' } };
      await stack.post(`/runs/${runId}/events`, end);
    }
    const plan = await refold('archive', 'runs', '--run-id', 'a,b');
    expect(plan.out).toContain('archive of runs: 2 streams, 2 records');
    expect(plan.out).toContain('4 events are held by these runs\n');
    const call = ['archive', 'runs', '--finished-before', '2100-01-01T00:00:00', '--limit', '2'];
    const archived = await refold(...call, '--execute', '--yes');
    expect([archived.code, archived.out]).toEqual([0, expect.stringMatching(/status +done\n/)]);
    const young = await refold('archive', 'cut');
    expect(young.out).toContain(
      'Partition 0 stays from 0 on: what follows is younger than a day\n',
    );
    const asked = await refold('archive', 'cut', '--execute');
    expect([asked.code, asked.err]).toEqual([2, expect.stringContaining('--yes')]);
    const real = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => real() + 26 * 60 * 60 * 1_000);
    const due = await refold('archive', 'cut');
    expect(due.out).toMatch(/\n[0-9,]+ bytes of keys and values are given up for good\n/);
    const cut = await refold('archive', 'cut', '--share', '0.25', '--execute', '--yes', '--json');
    const { result, plan: done } = JSON.parse(cut.out) as OperationWithPlanReply;
    expect([cut.code, result.streams, result.records]).toEqual([0, 2, 6]);
    expect(done).toMatchObject({ share: 0.25, partitions: [{ from: 0, to: 6 }] });
    expect((await stack.get('/runs/a')).body.run.status).toBe('archived');
    const evict = ['archive', 'evict', '--share', '0.75'];
    const evicted = await refold(...evict, '--execute', '--yes', '--json');
    expect(evicted.code).toBe(0);
    expect(JSON.parse(evicted.out)).toMatchObject({
      ...{ result: { streams: 2, replaced: 2 }, plan: { streams: 2, share: 0.75 } },
    });
    expect((await stack.get('/runs/a')).status).toBe(404);
    const verified = await refold('verify', '--to-earliest', '--execute', '--yes', '--json');
    expect(verified.code).toBe(0);
    expect(JSON.parse(verified.out)).toMatchObject({ result: { differing: 0 } });
  });

  it('says what is wrong with a call', async () => {
    expect((await refold('archive', 'runs')).err).toContain('either --run-id or --finished-before');
    expect((await refold('archive', 'runs', '--run-id', 'a', '--limit', '3')).code).toBe(2);
    const gone = await refold('archive', 'runs', '--run-id', 'a', '--execute', '--yes');
    expect([gone.code, gone.err]).toEqual([1, expect.stringContaining('does not exist')]);
  });
});
