import { Writable } from 'node:stream';
import { createLogger } from '@refold/service';
import { expect, it } from 'vitest';
import { watchBackend } from './backend-watch.js';

it('tells once that a backend is away, and once that it is there again', async () => {
  const lines: Record<string, unknown>[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  const logger = createLogger({ service: 'test', level: 'info', destination });
  const sleeps: (() => void)[] = [];
  const answers: (string | null)[] = [null, 'refused', 'refused', null];
  let now = 0;
  const timing = {
    now: () => (now += 100),
    sleep: () => new Promise<void>((resolve) => sleeps.push(resolve)),
    after: () => () => undefined,
    tick: async () => undefined,
  };
  const ping = async (): Promise<string | null> => {
    const answer = answers.shift();
    if (answer === undefined) throw new Error('gone');
    return answer;
  };
  const told: boolean[] = [];
  const watch = watchBackend('event log', ping, timing, logger, (away) => told.push(away));
  watch.start();
  for (let asked = 0; asked < 5; asked++) {
    await expect.poll(() => sleeps.length).toBe(1);
    sleeps.pop()?.();
  }
  await expect.poll(() => lines.length).toBe(3);
  expect(lines).toMatchObject([
    { level: 'warn', backend: 'event log', reason: 'refused' },
    { level: 'info', backend: 'event log', away_ms: 100 },
    { level: 'warn', backend: 'event log', reason: 'gone' },
  ]);
  expect(told).toEqual([false, true, true, false, true]);
  watch.stop();
  for (const wake of sleeps) wake();
});
