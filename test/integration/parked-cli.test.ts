import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperationWithPlanReply } from '@refold/contracts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runRefold } from './command-line.js';
import { openMemoryPorts, openStack, type HttpStack } from './http-stack.js';
import { breakRules, POISON } from './poison.js';

const WAIT = { timeout: 30_000, interval: 50 };

describe('the command line, about what stands still', () => {
  let stack: HttpStack;
  let url = '';
  let folder = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'refold-parked-cli-'));
    stack = await openStack(openMemoryPorts, 1);
    await stack.refold.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = stack.refold.app.server.address() as AddressInfo;
    url = `http://127.0.0.1:${port}`;
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await stack.close();
    rmSync(folder, { recursive: true });
  });

  const refold = (...args: string[]) => runRefold(url, args);

  const append = (runId: string, type: string) =>
    stack.post(`/runs/${runId}/events`, { event_type: type });

  /** Of whoever writes to the log itself. */
  const write = async (key: string, value: unknown) => {
    const { topic } = stack.installation.projections.runs;
    const lane = await stack.log.openLane(await stack.log.laneOf(topic, 0));
    const record = { topic, partition: 0, key, value: JSON.stringify(value) };
    const [appended] = await lane.send([record]);
    await lane.close();
    return String(appended?.offset);
  };

  it('lists, shows, skips and redrives parked streams', async () => {
    expect((await refold('parked', 'list')).out).toBe('No stream stands parked.\n');
    const broken = breakRules();
    for (const runId of ['a', 'b']) {
      await stack.post('/runs', { run_id: runId });
      await append(runId, POISON);
      await append(runId, 'run.delta');
    }
    const listed = await refold('parked', 'list', '--error', 'TypeError');
    expect(listed.out).toMatch(/run\/b +0 +4 .*TypeError: poison null/);
    expect(listed.out).toMatch(/run\/a +0 +1 .*TypeError: poison null/);
    const shown = await refold('parked', 'show', 'a');
    expect(shown.out).toMatch(/event +my\.poison\n/);
    expect(shown.out).toMatch(/last seq before +1\n/);
    const plan = await refold('parked', 'skip', 'a', '--offset', '1');
    expect(plan.out).toContain('run/a goes on without its event at 1\n');
    expect(plan.out).toContain('Nothing was done');
    const skipped = await refold('parked', 'skip', 'a', '--offset', '1', '--execute', '--yes');
    expect([skipped.code, skipped.out]).toEqual([0, expect.stringMatching(/status +done\n/)]);
    const explained = await refold('explain', 'a');
    expect(explained.out).toMatch(/ skips .* claim\.skipped .*the event at 1: \S+ \S+\n/);
    broken.mend();
    const redriven = await refold('parked', 'redrive', '--all', '--execute', '--yes', '--json');
    const { result } = JSON.parse(redriven.out) as OperationWithPlanReply;
    expect([redriven.code, result.streams, result.replaced]).toEqual([0, 1, 1]);
    expect((await refold('parked', 'list')).out).toBe('No stream stands parked.\n');
    expect((await stack.get('/runs/a')).body.run.last_seq).toBe(2);
    expect((await stack.get('/runs/b')).body.run.last_seq).toBe(3);

    // A withdrawal that comes too late.
    const [, source, id] = / skips .*the event at 1: (\S+) (\S+)\n/.exec(explained.out) ?? [];
    const data = { offset: 1, source, id, operation: 'late' };
    const fields = { id: 'late', source: '/somebody', type: 'claim.skip_withdrawn' };
    await write('a', { specversion: '1.0', refoldversion: 1, ...fields, subject: 'run/a', data });
    await vi.waitFor(async () => {
      const { out } = await refold('explain', 'a');
      expect(out).toMatch(
        / void .* the event at 1: .*; the event was skipped before, at offset 6\n/,
      );
    }, WAIT);
  });

  it('says what is wrong with a call', async () => {
    expect((await refold('parked', 'redrive')).err).toContain('exactly one of an ID');
    expect((await refold('parked', 'redrive', 'a', '--all')).code).toBe(2);
    expect((await refold('parked', 'show', 'a')).err).toContain('does not stand parked');
    expect((await refold('parked', 'redrive', 'a', '--execute', '--yes')).code).toBe(1);
  });

  it('shows a dead letter and publishes it again', async () => {
    const value = {
      specversion: '1.0',
      refoldversion: 1,
      id: 'letter',
      source: '/somebody',
      type: 'run.started',
      subject: 'nothing/letter',
      data: null,
    };
    const place = ['--partition', '0', '--offset', await write('letter', value)];
    await vi.waitFor(async () => {
      expect((await refold('dead-letters', 'show', ...place)).code).toBe(0);
    }, WAIT);
    expect((await refold('dead-letters', 'show', ...place)).out).toContain('nothing/letter');
    const file = join(folder, 'mended.json');
    writeFileSync(file, JSON.stringify({ ...value, subject: 'run/letter' }));
    const call = ['dead-letters', 'republish', ...place, '--record', file, '--execute', '--yes'];
    const published = await refold(...call);
    expect([published.code, published.out]).toEqual([0, expect.stringMatching(/status +done\n/)]);
    expect((await refold('dead-letters', 'list')).out).toMatch(/letter +yes /);
    const again = await refold(...call);
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('letter.runs.0.')]);
    writeFileSync(file, '[]');
    expect((await refold(...call)).code).toBe(2);
  });
});
