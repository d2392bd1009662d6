import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const source = new URL('../dist/index.js', import.meta.url).href;
let folder = '';
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refold-process-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

interface Ran {
  child: ChildProcess;
  lines: Record<string, unknown>[];
  until(message: string): Promise<void>;
  code(): Promise<unknown>;
}

async function run(steps: string): Promise<Ran> {
  const file = join(folder, 'main.mjs');
  const code = `import { createLogger, runProcess } from ${JSON.stringify(source)};
    const logger = createLogger({ service: 'test', level: 'debug' });
    const beat = setInterval(() => {}, 1000);
    await runProcess({ logger, stopMsMax: 300, steps: (end) => ${steps} });
    logger.info('up');`;
  await writeFile(file, code);
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const lines: Record<string, unknown>[] = [];
  const ended = once(child, 'close');
  const reader = createInterface(child.stdout);
  reader.on('line', (line) => lines.push(JSON.parse(line) as Record<string, unknown>));
  const until = async (message: string): Promise<void> => {
    while (!lines.some(({ msg }) => msg === message)) await once(reader, 'line');
  };
  return { child, lines, until, code: async () => ((await ended) as unknown[])[0] };
}

describe('runProcess', () => {
  it('stops in order on SIGTERM and exits with 0', async () => {
    const ran = await run(`[{ name: 'part', start() {}, stop() { logger.info('part gone'); } }]`);
    await ran.until('up');
    ran.child.kill('SIGTERM');
    expect(await ran.code()).toBe(0);
    expect(ran.lines.map(({ msg }) => msg)).toContain('part gone');
  });

  it('exits with 1 and says what hung when a step does not stop in time', async () => {
    const ran = await run(`[{ name: 'part', start() {}, stop: () => new Promise(() => {}) }]`);
    await ran.until('up');
    ran.child.kill('SIGTERM');
    expect(await ran.code()).toBe(1);
    expect(ran.lines).toContainEqual(
      expect.objectContaining({ msg: 'did not stop in time', hung: ['part'] }),
    );
  });

  it('ends at once on a second signal', async () => {
    const ran = await run(
      `[{ name: 'part', start() {}, stop: () => { logger.info('part stops'); return new Promise(() => {}); } }]`,
    );
    await ran.until('up');
    ran.child.kill('SIGINT');
    await ran.until('part stops');
    ran.child.kill('SIGTERM');
    expect(await ran.code()).toBe(1);
    expect(ran.lines.map(({ msg }) => msg)).toContain('second signal: ending at once');
  });

  it('takes a signal that npm hands on a second time for one', async () => {
    const ran = await run(
      `[{ name: 'part', start() {}, async stop() { logger.info('part stops'); await new Promise((r) => setTimeout(r, 150)); } }]`,
    );
    await ran.until('up');
    ran.child.kill('SIGINT');
    await ran.until('part stops');
    ran.child.kill('SIGINT');
    expect(await ran.code()).toBe(0);
  });

  it.each([
    ['a start that rejects', `[{ name: 'part', start() { throw new Error('boom'); } }]`],
    [
      'an error nobody caught',
      `[{ name: 'part', start() { setTimeout(() => { throw new Error('boom'); }); } }]`,
    ],
    [
      'a rejection nobody caught',
      `[{ name: 'part', start() { void Promise.reject(new Error('boom')); } }]`,
    ],
    [
      'an end with an error',
      `[{ name: 'part', start() { setTimeout(() => end('it is over', new Error('boom'))); } }]`,
    ],
  ])('exits with 1 after %s', async (_name, steps) => {
    const ran = await run(steps);
    expect(await ran.code()).toBe(1);
    const fatal = ran.lines.find(({ level }) => level === 'fatal');
    expect(JSON.stringify(fatal)).toContain('boom');
  });
});
