/**
 * Who may import whom. Direction: contracts ◀ domain ◀ pipeline ◀ kafka | redis | embedded;
 * `service` stands alone; services are the only place where adapters meet ports.
 * A line here is a decision: widen one only together with the drawing in docs/architecture.md.
 */

/** What the files below one folder may import besides their own neighbours. */
export interface Scope {
  /** Workspaces of ours, without the `@refold/` prefix. */
  ours: readonly string[];
  /** Packages from the registry, declared as dependencies of the workspace. */
  packages: readonly string[];
  /** Packages declared at the root, for code that never ships. */
  tools: readonly string[];
  /** Modules of Node itself; `any` where being a process is the job. */
  builtins: 'any' | readonly string[];
}

const scope = (
  ours: string[],
  packages: string[],
  builtins: Scope['builtins'],
  tools: string[] = [],
): Scope => ({ ours, packages, tools, builtins });

/** Folder → what its files may import. The longest folder that holds a file decides. */
export const IMPORT_TABLE: Readonly<Record<string, Scope>> = {
  'packages/contracts': scope([], ['zod'], []),
  'packages/redaction': scope(['contracts'], [], []),
  'packages/description': scope(['contracts'], ['zod'], ['node:fs']),
  'packages/domain': scope(['contracts'], ['xxhash-wasm'], ['node:crypto']),
  'packages/pipeline': scope(['contracts', 'domain'], [], ['node:crypto']),
  'packages/kafka': scope(
    ['contracts', 'pipeline'],
    ['kafkajs', 'kafkajs-snappy', '@2l/kafkajs-lz4', 'fzstd', '@node-rs/crc32'],
    'any',
  ),
  'packages/redis': scope(['contracts', 'pipeline'], ['ioredis'], 'any'),
  'packages/embedded': scope(['contracts', 'pipeline'], ['lmdb', '@node-rs/crc32'], 'any'),
  'packages/auth': scope(['contracts', 'pipeline'], ['jose', 'zod'], 'any'),
  'packages/service': scope([], ['zod', 'pino', 'prom-client', 'fastify'], 'any'),
  // Shared by the services, so that each of them meets the adapters in the same way.
  'packages/serving': scope(
    ['contracts', 'description', 'domain', 'pipeline', 'kafka', 'redis', 'auth', 'service'],
    ['zod', 'fastify', '@fastify/rate-limit', '@fastify/swagger-ui'],
    'any',
  ),
  'packages/client': scope(['contracts', 'redaction'], [], []),
  'packages/test-kit': scope(['contracts', 'domain', 'pipeline'], [], 'any', [
    'vitest',
    'fast-check',
    'testcontainers',
    'xxhash-wasm',
  ]),

  'services/ingest-api': scope(
    ['contracts', 'redaction', 'domain', 'pipeline', 'auth', 'service', 'serving'],
    ['fastify', 'zod'],
    'any',
  ),
  'services/projector': scope(['contracts', 'domain', 'pipeline', 'service', 'serving'], [], 'any'),
  'services/read-api': scope(
    ['contracts', 'domain', 'pipeline', 'auth', 'service', 'serving'],
    ['fastify'],
    'any',
  ),
  // Writes like the ingest API and reads like the read API, on the same connections.
  'services/operator-api': scope(
    ['contracts', 'domain', 'pipeline', 'auth', 'service', 'serving', 'ingest-api', 'read-api'],
    ['fastify', 'zod'],
    'any',
  ),
  'services/standalone': scope(
    [
      'contracts',
      'redaction',
      'domain',
      'pipeline',
      'embedded',
      'auth',
      'service',
      'serving',
      'ingest-api',
      'projector',
      'read-api',
      'operator-api',
    ],
    [],
    'any',
  ),
  'services/operator': scope(
    ['contracts', 'client', 'auth', 'kafka', 'service', 'serving'],
    ['commander', 'cli-progress'],
    'any',
  ),

  // Measures the packages beside their raw clients; ships nowhere.
  bench: scope(
    ['contracts', 'domain', 'kafka', 'pipeline', 'redis', 'serving', 'test-kit'],
    ['fastify', 'kafkajs', 'zod'],
    'any',
  ),
};

/** Entries of a package beside its index, each a folder of its sources with an index of its own. */
export const SECOND_ENTRIES: ReadonlySet<string> = new Set([
  '@refold/client/records',
  '@refold/test-kit/properties',
]);

/**
 * Folders inside a workspace that keep to themselves: no neighbour outside the folder either.
 * The model judges the fold, so it must not share a line with it; ports know no engine.
 */
export const SEALED_FOLDERS: Readonly<Record<string, Scope>> = {
  'packages/test-kit/src/model': scope([], [], ['node:crypto'], ['xxhash-wasm']),
  'packages/pipeline/src/ports': scope(['contracts'], [], []),
};

/** What a `*.test.ts` or `*.fixture.ts` beside its source may import on top of its folder's line. */
export const TEST_EXTRAS: Scope = scope(['test-kit'], [], 'any', ['vitest']);

/** Code that ships nowhere: everything of ours by package name, and the tools of the root. */
export const CROSSING_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  test: [
    'vitest',
    'typescript',
    'kafkajs',
    'ioredis',
    'yaml',
    'ajv',
    '@seriousme/openapi-schema-validator',
    '@asyncapi/specs',
  ],
};

/**
 * Where a file may name any file of the repository by URL, to read it or to start it in a test;
 * a `*.test.ts` may anywhere.
 */
export const NAMES_ANY_FILE: ReadonlySet<string> = new Set(['test', 'bench', 'packages/test-kit']);

/** `file imports specifier` that break the table, each for its reason. */
export const EXCEPTIONS: ReadonlySet<string> = new Set([
  // Runs the sources under module hooks of its own; the index would load the test runner.
  'test/simulation/planted-run.mjs imports ../../packages/test-kit/src/simulation/run-simulation.ts',
]);
