/**
 * The server does what its OpenAPI document says: schemathesis tries every operation with valid and
 * invalid requests, and every check it has. What of a request OpenAPI cannot say is in
 * `schemathesis/hooks.py`, each with its reason; no operation and no check is left out.
 */
import {
  describeWithKafka,
  missingBackendFails,
  proofSize,
  reportProof,
  useRedis,
} from '@refold/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbedded } from './support/embedded-installation.js';
import { openInstallation, startService } from './support/installation.js';
import {
  findSchemathesis,
  runSchemathesis,
  servedDocument,
  type ApiDocument,
} from './support/schemathesis.js';
import type { ServiceProcess } from './support/service-process.js';

const SEED = 7;
/** Random requests per operation; at short size there are only those at the borders of the schemas. */
const EXAMPLES = proofSize({ short: 0, full: 40 });
const CASES_FLOOR = proofSize({ short: 3_000, full: 4_500 });
const TEST_MS = 1_800_000;

const PHASES =
  EXAMPLES === 0
    ? ['--phases', 'coverage']
    : ['--phases', 'examples,coverage,fuzzing,stateful', '--max-examples', String(EXAMPLES)];

const tool = findSchemathesis();

async function expectAgreement(backend: string, url: string): Promise<void> {
  const document = await servedDocument(url);
  const count = Object.values(document.paths).flatMap(Object.keys).length;
  const began = performance.now();
  const args = ['--seed', String(SEED), ...PHASES];
  const report = await runSchemathesis(tool ?? '', url, document, args);
  const { operations, test_cases: cases, failures, errors, said } = report;
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  reportProof({ backend, operations: operations.tested, cases: cases.generated, seconds });
  expect({ failures, errors }, said).toEqual({ failures: [], errors: [] });
  expect(report, said).toMatchObject({ complete: true, exit_code: 0 });
  expect(count).toBeGreaterThan(20);
  expect(operations).toMatchObject({ total: count, selected: count, tested: count, errored: 0 });
  expect(cases.generated).toBeGreaterThan(CASES_FLOOR);
  expect(cases.without_checks).toBe(0);
}

describe.skipIf(!missingBackendFails() && tool === null)('the document and the server', () => {
  describe('embedded', () => {
    let service: ServiceProcess;

    beforeAll(async () => {
      ({ service } = await startEmbedded());
    });

    afterAll(async () => {
      await service.stop();
    });

    it('agree on every operation', () => expectAgreement('embedded', service.url), TEST_MS);

    it.each([
      {
        mistake: 'a status that is missing',
        path: '/internal/v1/runs/{run_id}',
        failure: 'UndefinedStatusCode',
        spoil: (text: string) => text.replace('"400":', '"418":'),
      },
      {
        mistake: 'a member that no reply has',
        path: '/internal/v1/runs',
        failure: 'JsonSchemaError',
        spoil: (text: string) => text.replace('"200":{', '"200":{"$ref":"#/x-wrong"},"299":{'),
      },
      {
        mistake: 'a header that is said to be required',
        path: '/internal/v1/docs',
        failure: 'MissingHeaderNotRejected',
        spoil: (text: string) => text.replace('"in":"header",', '"in":"header","required":true,'),
      },
    ])('disagree about $mistake', async ({ path, failure, spoil }) => {
      const { paths, ...rest } = await servedDocument(service.url);
      const right = JSON.stringify({ get: paths[path]?.['get'] });
      const wrong = spoil(right);
      expect(wrong).not.toBe(right);
      const schema = { type: 'object', required: ['no_such_member'] };
      const spoiled = {
        ...rest,
        paths: { [path]: JSON.parse(wrong) as ApiDocument['paths'][string] },
        'x-wrong': { description: 'Wrong.', content: { 'application/json': { schema } } },
      };
      const args = ['--seed', String(SEED), '--phases', 'coverage'];
      const { failures } = await runSchemathesis(tool ?? '', service.url, spoiled, args);
      expect(failures.map(({ type }) => type)).toContain(failure);
    });
  });

  if (EXAMPLES > 0) {
    describeWithKafka('on Kafka and Redis', (kafka) => {
      it(
        'agree on every operation',
        async () => {
          const redis = await useRedis();
          const installation = await openInstallation(kafka(), redis);
          const service = await startService(installation, 'standalone');
          await expectAgreement('Kafka and Redis', service.url);
          await service.stop();
          await installation.close();
          await redis.stop();
        },
        TEST_MS,
      );
    });
  }
});
