/**
 * A stranger walks through the pages: every command is run, what it prints is compared with the page.
 * At full size in a fresh clone, with an empty npm cache.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeWithKafka, freePorts, proofSize, reportProof, useRedis } from '@refold/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultOfOutput } from './support/output-pattern.js';
import { stepsOf, type PageBlock, type PageStep } from './support/page-blocks.js';
import { PageWalk } from './support/page-walk.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const fresh = proofSize({ short: 0, full: 1 }) === 1;

/** Commands that are not run here, each for its reason. */
const ELSEWHERE = new Set([
  // All suites, of which this is one; `.ci/run` runs them by this very command.
  'npm ci && npm test',
]);

const BACKENDS = { kafka: '127.0.0.1:9092', redis: 'redis://127.0.0.1:6379' };
const needsBackends = ({ command }: PageStep): boolean => command.includes(BACKENDS.kafka);

let scratch = '';
let folder = ROOT;
let address = '';

const stepsOfPage = (page: string): PageStep[] =>
  stepsOf(page, readFileSync(join(ROOT, page), 'utf8')).filter(
    ({ command }) => !ELSEWHERE.has(command),
  );

/** A walk that begins without data of its own. */
async function setOut(
  adapt: (command: string) => string = (command) => command,
): Promise<PageWalk> {
  const [port = 0] = await freePorts(1);
  address = `127.0.0.1:${port}`;
  return new PageWalk({
    folder,
    address,
    environment: {
      RUNTIME_BIND_ADDR: address,
      REFOLD_URL: `http://${address}`,
      RUNTIME_EVENT_LOG_PATH: mkdtempSync(join(scratch, 'data-')),
      npm_config_cache: join(scratch, 'npm-cache'),
      npm_config_update_notifier: 'false',
    },
    // Here everything is installed and built; only a fresh clone has to do it first.
    adapt: (command) => adapt(fresh ? command : command.replace('npm ci && ', '')),
  });
}

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'refold-stranger-'));
  if (!fresh) return;
  folder = join(scratch, 'refold');
  execFileSync('git', ['clone', '--quiet', ROOT, folder]);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe.each(['README.md', 'docs/getting-started.md'])('%s', (page) => {
  const steps = stepsOfPage(page).filter((step) => !needsBackends(step));
  let walk: PageWalk;
  beforeAll(async () => {
    walk = await setOut();
  });
  afterAll(async () => {
    await walk.stop();
    reportProof({ page, steps: steps.length, fresh_clone: fresh ? 1 : 0 });
  });

  it.each(steps)('line $line prints what the page says', { timeout: 900_000 }, async (step) => {
    expect(await walk.take(step)).toBeNull();
  });
});

describeWithKafka('the page on Kafka and Redis', (kafka) => {
  const steps = stepsOfPage('README.md').filter(needsBackends);

  it.each(steps)('line $line starts', { timeout: 900_000 }, async (step) => {
    const redis = await useRedis();
    const walk = await setOut((command) =>
      command.replace(BACKENDS.kafka, kafka().brokers.join(',')).replace(BACKENDS.redis, redis.url),
    );
    try {
      expect(await walk.take(step)).toBeNull();
    } finally {
      await walk.stop();
      await redis.stop();
    }
  });

  it('is on the page', () => {
    expect(steps).toHaveLength(1);
  });
});

describe('the comparison of an output with the page', () => {
  const says = (language: string, text: string): PageBlock => ({ language, text, line: 1 });

  it.each([
    ['text', 'done in … s', 'done in 3 s'],
    ['json', '{"a":"…","…":"…"}', '{"a":"x","b":2}'],
    ['json', '[{"a":1}]', '[{"a":1}]'],
  ])('lets pass a %s that is as it says', (language, expected, actual) => {
    expect(faultOfOutput(says(language, expected), actual)).toBeNull();
  });

  it.each([
    ['text', 'done in … s', 'failed'],
    ['text', 'one', 'one\ntwo'],
    ['text', 'one\ntwo', 'one'],
    ['json', '{"a":1}', '{"a":2}'],
    ['json', '{"a":1}', '{"a":1,"b":2}'],
    ['json', '{"a":"…"}', '{}'],
    ['json', '[1,2]', '[1]'],
    ['json', '{"a":1}', 'oops'],
  ])('refuses a %s that differs', (language, expected, actual) => {
    expect(faultOfOutput(says(language, expected), actual)).not.toBeNull();
  });

  it('turns red on a command that fails', async () => {
    const walk = await setOut();
    const step = { page: '', line: 1, command: 'echo wrong; exit 3', prints: null };
    expect(await walk.take(step)).toContain('ended with 3');
  });
});
