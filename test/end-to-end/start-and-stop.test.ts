import { connect } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { ask, post, readiness, type ApiAnswer, type ProblemBody } from './support/api.js';
import { parseLines } from './support/log-lines.js';
import { Program } from './support/program.js';
import { until } from './support/until.js';

/**
 * What a stop may take, npm included. The process cuts itself off after ten seconds and then ends with
 * 1, which the tests see.
 */
const STOP_MS_MAX = 30_000;
/** Said when clients that never come to an end are cut off. */
const CUT_OFF = 'cutting off clients that do not come to an end';

/** Positions that no partition of the default installation has reached. */
const FAR_AHEAD = Array.from({ length: 8 }, (_, partition) => `${partition}:999999`).join();

interface Started {
  program: Program;
  port: number;
  url: string;
}

/** `npm start` on a folder of its own, ready. */
async function npmStart(folder: string): Promise<Started> {
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const settings = { RUNTIME_BIND_ADDR: `127.0.0.1:${port}`, RUNTIME_EVENT_LOG_PATH: folder };
  const program = new Program({ command: 'npm', args: ['start'], settings });
  await until(
    () => `npm start is ready; it wrote ${program.out}${program.err}`,
    async () => (await readiness(url))?.status === 'ready',
    90_000,
  );
  return { program, port, url };
}

/** The process behind `npm start`, as it names itself. */
const pidBehind = ({ program }: Started): number => parseLines(program.out)[0]?.pid ?? 0;

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

/** Ends by a signal to npm; what the process said until then. */
async function endBy(started: Started, signal: NodeJS.Signals): Promise<string[]> {
  const pid = pidBehind(started);
  started.program.signal(signal);
  const ending = await started.program.finished(STOP_MS_MAX);
  const left = !isGone(pid);
  if (left) process.kill(pid, 'SIGKILL');
  expect(ending).toEqual({ code: 0, signal: null });
  expect(left).toBe(false);
  return parseLines(started.program.out).map(({ msg }) => msg);
}

async function inFolder(work: (started: Started) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'refold-start-'));
  const started = await npmStart(folder);
  try {
    await work(started);
  } finally {
    if (started.program.ending === null) {
      const pid = pidBehind(started);
      await started.program.kill();
      if (!isGone(pid)) process.kill(pid, 'SIGKILL');
    }
    await rm(folder, { recursive: true });
  }
}

/** A request that is not finished until `end`; the connection is open when this returns. */
async function halfRequest(port: number): Promise<{ closed: Promise<unknown> }> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  socket.write('POST /internal/v1/runs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n');
  return { closed: once(socket, 'close') };
}

describe('npm start', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 on %s', (signal) =>
    inFolder(async (started) => {
      await post(started.url, '/runs', { run_id: 'r' });
      const said = await endBy(started, signal);
      expect(said).toEqual(expect.arrayContaining(['listening', 'stopping', 'ended']));
    }),
  );

  it('answers requests that wait before it ends', () =>
    inFolder(async (started) => {
      const { url } = started;
      await post(url, '/runs', { run_id: 'r' });
      const paths = ['/runs/r', '/runs', '/runs/r/events', '/workers/w'];
      const waiting = paths.map((path): Promise<ApiAnswer<ProblemBody>> => {
        const owner = path.startsWith('/workers') ? '&owner_user_id=1' : '';
        return ask(url, `${path}?after=${FAR_AHEAD}&wait=30s${owner}`);
      });
      await ask(url, '/runs/r');
      expect(await endBy(started, 'SIGTERM')).not.toContain(CUT_OFF);
      for (const { status, headers, body } of await Promise.all(waiting)) {
        expect([status, body.code]).toEqual([503, 'catching_up']);
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      }
    }));

  it('waits a while, not for ever, for clients that do not finish their request', () =>
    inFolder(async (started) => {
      const { closed } = await halfRequest(started.port);
      expect(await endBy(started, 'SIGTERM')).toContain(CUT_OFF);
      await closed;
    }));

  it('has everything again that was acknowledged before it ended', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'refold-start-'));
    try {
      const first = await npmStart(folder);
      expect((await post(first.url, '/runs', { run_id: 'r' })).status).toBe(201);
      await endBy(first, 'SIGTERM');
      const second = await npmStart(folder);
      const found = await ask<{ run: { last_seq: number } }>(second.url, '/runs/r');
      await endBy(second, 'SIGTERM');
      expect(found.body.run.last_seq).toBe(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
