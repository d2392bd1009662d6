/** A stranger walks through the page on producing: its commands are run, its excerpts are those of the programs. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  describeWithKafka,
  freePorts,
  missingBackendFails,
  useRedis,
  type RedisBackend,
} from '@refold/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareLanguage } from '../end-to-end/support/producers.js';
import { blocksOf, stepsOf } from './support/page-blocks.js';
import { PageWalk } from './support/page-walk.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = 'docs/producing.md';
const page = readFileSync(join(ROOT, PAGE), 'utf8');
const KAFKA = '127.0.0.1:9092';

/** Programs that the page shows parts of. */
const PROGRAMS = [...page.matchAll(/\]\(\.\.\/(test\/producers\/[^)]+)\)/g)].map(([, path = '']) =>
  readFileSync(join(ROOT, path), 'utf8'),
);

const isExcerpt = (text: string): boolean => PROGRAMS.some((program) => program.includes(text));
const excerpts = blocksOf(page).filter(({ language }) =>
  ['java', 'go', 'python', 'js'].includes(language),
);

describe('the excerpts of the page', () => {
  it('stand in the programs as they stand on the page', () => {
    expect(PROGRAMS).toHaveLength(6);
    expect(excerpts.length).toBeGreaterThanOrEqual(6);
    expect(excerpts.filter(({ text }) => !isExcerpt(text))).toEqual([]);
    expect(isExcerpt('    settings.put("acks", "1");\n')).toBe(false);
  });
});

describe('the commands of the page', async () => {
  const languages = await Promise.all((['java', 'go', 'python'] as const).map(prepareLanguage));
  const missing = languages.some((language) => 'missing' in language);

  describe.skipIf(missing && !missingBackendFails())('with every tool', () => {
    describeWithKafka('and Kafka', (kafka) => {
      const steps = stepsOf(PAGE, page);
      let scratch = '';
      let redis: RedisBackend;
      let walk: PageWalk;

      beforeAll(async () => {
        scratch = mkdtempSync(join(tmpdir(), 'refold-producing-'));
        redis = await useRedis();
        const [port = 0] = await freePorts(1);
        const address = `127.0.0.1:${port}`;
        const brokers = kafka().brokers.join(',');
        walk = new PageWalk({
          folder: ROOT,
          address,
          environment: {
            RUNTIME_BIND_ADDR: address,
            REFOLD_KAFKA_BROKERS: brokers,
            REFOLD_REDIS_URL: redis.url,
          },
          adapt: (command) => command.replaceAll(KAFKA, brokers).replaceAll('/tmp/', `${scratch}/`),
        });
        const start = { page: PAGE, line: 0, command: 'npm start', prints: null };
        expect(await walk.take(start)).toBeNull();
      }, 120_000);

      afterAll(async () => {
        await walk.stop();
        await redis.stop();
        rmSync(scratch, { recursive: true, force: true });
      });

      it.each(steps)('line $line prints what the page says', { timeout: 120_000 }, async (step) => {
        expect(await walk.take(step)).toBeNull();
      });

      it('are all there', () => {
        expect(steps).toHaveLength(10);
      });
    });
  });
});
