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
  TOKEN_SETTINGS,
  tokenOf,
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
  type TriedServer,
} from './support/schemathesis.js';
import type { ServiceProcess } from './support/service-process.js';

const SEED = 7;
/** Random requests per operation; at short size there are only those at the borders of the schemas. */
const EXAMPLES = proofSize({ short: 0, full: 40 });
const CASES_FLOOR = proofSize({ short: 3_000, full: 4_500 });
const TEST_MS = 1_800_000;

const PHASES = EXAMPLES === 0 ? ['coverage'] : ['examples', 'coverage', 'fuzzing', 'stateful'];

/** Seconds a token is good for. */
const LONG = TEST_MS / 1_000;
const REFUSED_FLOOR = 100;
const RUNS = '/internal/v1/runs';
/** One read for the document, one write for a receipt. */
const RATES = {
  REFOLD_READ_RATE_MAX: '1',
  REFOLD_WRITE_RATE_MAX: '1',
  REFOLD_RATE_WINDOW_MS: '3600000',
};
const BEARER = { type: 'http', scheme: 'bearer' };

const tool = findSchemathesis();

/** A token that opens everything. */
const allowed = (): string => tokenOf({ scope: 'ingest read operate', expiresIn: LONG });
const forged = (): string => tokenOf({ scope: 'admin', expiresIn: LONG }, 'f'.repeat(32));

async function expectAgreement(backend: string, server: TriedServer): Promise<void> {
  const document = await servedDocument(server.url);
  const all = Object.values(document.paths).flatMap((item) => Object.values(item));
  const guarded = all.filter(({ security = [] }) => security.length > 0);
  const count = all.length;
  const began = performance.now();
  const args = ['--seed', String(SEED), '--phases', PHASES.join(',')];
  if (EXAMPLES > 0) args.push('--max-examples', String(EXAMPLES));
  const report = await runSchemathesis(tool ?? '', server, document, args);
  const { operations, test_cases: cases, failures, errors, said } = report;
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  reportProof({ backend, operations: operations.tested, cases: cases.generated, seconds });
  expect({ failures, errors }, said).toEqual({ failures: [], errors: [] });
  expect(report, said).toMatchObject({ complete: true, exit_code: 0 });
  expect(count).toBeGreaterThan(20);
  expect(operations).toMatchObject({ total: count, selected: count, tested: count, errored: 0 });
  expect(cases.generated).toBeGreaterThan(CASES_FLOOR);
  expect(guarded.length > 0).toBe(server.token !== null);
  // An operation that let the token in is asked again without one, and with one that is not good.
  expect(cases.without_checks).toBeLessThanOrEqual(2 * PHASES.length * guarded.length);
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

    it(
      'agree on every operation',
      () => expectAgreement('embedded', { url: service.url, token: null }),
      TEST_MS,
    );

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
      {
        mistake: 'a credential that nobody asks for',
        path: '/internal/v1/runs',
        failure: 'IgnoredAuth',
        spoil: (text: string) =>
          text.replace('"operationId"', '"security":[{"bearer":["read"]}],"operationId"'),
      },
    ])('disagree about $mistake', async ({ path, failure, spoil }) => {
      const { paths, ...rest } = await servedDocument(service.url);
      const right = JSON.stringify({ get: paths[path]?.['get'] });
      const wrong = spoil(right);
      expect(wrong).not.toBe(right);
      const schema = { type: 'object', required: ['no_such_member'] };
      const spoiled = {
        ...rest,
        components: { ...rest.components, securitySchemes: { bearer: BEARER } },
        paths: { [path]: JSON.parse(wrong) as ApiDocument['paths'][string] },
        'x-wrong': { description: 'Wrong.', content: { 'application/json': { schema } } },
      };
      const args = ['--seed', String(SEED), '--phases', 'coverage'];
      const server = { url: service.url, token: null };
      const { failures } = await runSchemathesis(tool ?? '', server, spoiled, args);
      expect(failures.map(({ type }) => type)).toContain(failure);
    });
  });

  describe('embedded, where callers say who they are', () => {
    let service: ServiceProcess;

    beforeAll(async () => {
      ({ service } = await startEmbedded({
        // It is refused as often as there are requests to try.
        settings: { ...TOKEN_SETTINGS, REFOLD_AUTH_FAILURES_MAX: '1000000' },
      }));
    });

    afterAll(async () => {
      await service.stop();
    });

    it(
      'agree on every operation for who may do everything',
      () => expectAgreement('embedded, with a token', { url: service.url, token: allowed() }),
      TEST_MS,
    );

    const refusals = [
      { who: 'without a token', token: () => null, status: 401 },
      { who: 'whose token is signed by somebody else', token: () => forged(), status: 401 },
      { who: 'whose token has no scope', token: () => tokenOf({ expiresIn: LONG }), status: 403 },
    ] as const;

    it.each(refusals)(
      'agree on every operation that refuses a caller $who',
      async ({ token, status }) => {
        const document = await servedDocument(service.url);
        const refused = { token: token(), status };
        const server = { url: service.url, token: allowed(), refused };
        const args = ['--seed', String(SEED), '--phases', 'coverage', '--mode', 'positive'];
        const report = await runSchemathesis(tool ?? '', server, document, args);
        const { failures, errors, test_cases: cases, said } = report;
        reportProof({ backend: 'embedded', refused: status, cases: cases.generated });
        expect({ failures, errors }, said).toEqual({ failures: [], errors: [] });
        expect(cases.generated).toBeGreaterThan(REFUSED_FLOOR);
      },
      TEST_MS,
    );

    it('disagree about a refusal where a caller is let in', async () => {
      const { paths, ...rest } = await servedDocument(service.url);
      const one = { ...rest, paths: { [RUNS]: paths[RUNS] ?? {} } };
      const refused = { token: allowed(), status: 401 } as const;
      const server = { url: service.url, token: allowed(), refused };
      const args = ['--seed', String(SEED), '--phases', 'coverage', '--mode', 'positive'];
      const { said, failures } = await runSchemathesis(tool ?? '', server, one, args);
      expect(said).toContain('expected 401, got 200');
      expect(failures.length).toBeGreaterThan(0);
    });
  });

  it(
    'agree on every operation of a server that has been asked too often',
    async () => {
      const { service } = await startEmbedded({ settings: RATES });
      const server = { url: service.url, token: null };
      const document = await servedDocument(service.url);
      const args = ['--seed', String(SEED), '--phases', 'coverage', '--mode', 'positive'];
      const { failures, errors, said } = await runSchemathesis(tool ?? '', server, document, args);
      const answers = [RUNS, '/internal/v1/openapi.json'].map(async (path) => {
        const { status } = await fetch(`${service.url}${path}`);
        return status;
      });
      expect(await Promise.all(answers)).toEqual([429, 429]);
      await service.stop();
      expect({ failures, errors }, said).toEqual({ failures: [], errors: [] });
    },
    TEST_MS,
  );

  if (EXAMPLES > 0) {
    describeWithKafka('on Kafka and Redis', (kafka) => {
      it(
        'agree on every operation',
        async () => {
          const redis = await useRedis();
          const installation = await openInstallation(kafka(), redis);
          const service = await startService(installation, 'standalone');
          const { prefix } = installation;
          await expectAgreement('Kafka and Redis', { url: service.url, token: null, prefix });
          await service.stop();
          await installation.close();
          await redis.stop();
        },
        TEST_MS,
      );
    });
  }
});
