import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { nodeBinary, NODE_VERSIONS, OWN_LINE } from './node-binary.mjs';

it('knows the line that runs the tests', () => {
  expect(Object.keys(NODE_VERSIONS)).toContain(OWN_LINE);
});

it('refuses a line that is not supported, and says which are', () => {
  expect(() => nodeBinary('18')).toThrow(/20, 22, 24, 26/);
});

it('is of the version it stands for', { timeout: 120_000 }, () => {
  const binary = () => execFileSync(nodeBinary('24'), ['--version'], { encoding: 'utf8' }).trim();
  if (process.platform === 'linux') expect(binary()).toBe(`v${NODE_VERSIONS[24]}`);
  else expect(binary).toThrow(/fetched on Linux alone/);
});
