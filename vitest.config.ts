import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { WAIT_MS_MAX } from './test/wait-ms-max.js';

const root = fileURLToPath(new URL('.', import.meta.url));

/** Tests run on the sources: every workspace name points at its src folder. */
const alias = ['packages', 'services'].flatMap((group) =>
  readdirSync(`${root}${group}`).flatMap((name) => [
    {
      find: new RegExp(`^@refold/${name}$`),
      replacement: `${root}${group}/${name}/src/index.ts`,
    },
    {
      // A second entry of a package is a folder of its sources.
      find: new RegExp(`^@refold/${name}/([a-z-]+)$`),
      replacement: `${root}${group}/${name}/src/$1/index.ts`,
    },
  ]),
);

interface Manners {
  /** One file after the other: they share ports, brokers and the machine. */
  serial?: boolean;
  /** Files of one worker share what they import, which takes longer than to test it. */
  shared?: boolean;
}

const project = (
  name: string,
  include: string[],
  testTimeout: number,
  { serial = false, shared = false }: Manners = {},
) => ({
  resolve: { alias },
  test: {
    name,
    include,
    testTimeout,
    hookTimeout: 120_000,
    setupFiles: [`${root}test/wait-bounds.ts`],
    expect: { poll: { timeout: WAIT_MS_MAX } },
    ...(serial ? { fileParallelism: false } : {}),
    ...(shared ? { isolate: false } : {}),
  },
});

export default defineConfig({
  test: {
    projects: [
      project(
        'unit',
        ['packages/*/src/**/*.test.ts', 'services/*/src/**/*.test.ts', 'bench/src/**/*.test.ts'],
        // Longer than a wait may last, so that what fails is the wait, which has a name.
        60_000,
        { shared: true },
      ),
      project('architecture', ['test/architecture/**/*.test.ts', 'scripts/**/*.test.mjs'], 30_000),
      project('conformance', ['test/conformance/**/*.test.ts'], 60_000, { serial: true }),
      project('integration', ['test/integration/**/*.test.ts'], 120_000, { serial: true }),
      project('simulation', ['test/simulation/**/*.test.ts'], 600_000, { serial: true }),
      project('packaging', ['test/packaging/**/*.test.ts'], 120_000, { serial: true }),
      project('end-to-end', ['test/end-to-end/**/*.test.ts'], 600_000, { serial: true }),
    ],
  },
});
