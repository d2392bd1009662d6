import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPERATIONS } from '@refold/contracts';
import { expect, it } from 'vitest';
import { ROOT } from './repository.js';

/** Whether the gateway of a configuration sends a path to the operator API. */
function sendsToOperators(configuration: string): (path: string) => boolean {
  const locations = configuration.matchAll(
    /location ~ (\S+) \{\s*proxy_pass http:\/\/operators;\s*\}/g,
  );
  const patterns = [...locations].map(([, pattern = '']) => new RegExp(pattern));
  return (path) => patterns.some((pattern) => pattern.test(path));
}

/** Operations whose paths lead to another service than the one that has them. */
function astray(configuration: string): string[] {
  const toOperators = sendsToOperators(configuration);
  return OPERATIONS.filter(({ path, part }) => toOperators(path) !== (part === 'operate')).map(
    ({ id }) => id,
  );
}

it('the gateway sends to the operator API what it has, and nothing else', () => {
  const configuration = readFileSync(join(ROOT, 'deploy/gateway.conf'), 'utf8');
  expect(astray(configuration)).toEqual([]);
  expect(astray(configuration.replace('|parked', ''))).toEqual(['listParked', 'getParked']);
});
