import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const source = new URL('../dist/index.js', import.meta.url).href;
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refold-logger-'));
});

afterEach(() => rm(folder, { recursive: true }));

it('has written a line when the call returns', async () => {
  const log = join(folder, 'log');
  const main = join(folder, 'main.mjs');
  await writeFile(
    main,
    `import { readFileSync } from 'node:fs';
    import { createLogger } from ${JSON.stringify(source)};
    const logger = createLogger({ service: 'test', level: 'info' });
    for (const line of ['one', 'two']) {
      logger.info(line);
      if (!readFileSync(${JSON.stringify(log)}, 'utf8').includes(line)) process.exit(3);
    }`,
  );
  const output = openSync(log, 'a');
  try {
    expect(spawnSync(process.execPath, [main], { stdio: ['ignore', output, 2] }).status).toBe(0);
  } finally {
    closeSync(output);
  }
});
