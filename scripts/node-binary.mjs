import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run-vitest.mjs';

/** The lines of Node that are supported, and the version of each that tests run on. */
export const NODE_VERSIONS = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' };

/** The line of the Node that runs this: `20`. */
export const OWN_LINE = process.versions.node.split('.', 1)[0] ?? '';

/**
 * The path of a Node of the line, fetched from the npm registry when it is not there yet. The folder
 * appears whole or not at all. Only for Linux: elsewhere start the suite with the Node you mean.
 * @param {string} line one of {@link NODE_VERSIONS}
 */
export function nodeBinary(line) {
  const version = NODE_VERSIONS[line];
  if (version === undefined) {
    throw new Error(
      `Node ${line} is not supported. There are: ${Object.keys(NODE_VERSIONS).join(', ')}.`,
    );
  }
  if (process.platform !== 'linux') {
    throw new Error(
      `Node ${line} is fetched on Linux alone; here run: npx node@${line} scripts/test.mjs unit`,
    );
  }
  const folder = join(ROOT, '.cache', `node-${version}`);
  const name = `node-linux-${process.arch}`;
  const binary = join(folder, 'node_modules', name, 'bin', 'node');
  if (!existsSync(binary)) fetchPackage(`${name}@${version}`, folder);
  return binary;
}

function fetchPackage(spec, folder) {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const staging = mkdtempSync(join(ROOT, '.cache', 'node-'));
  try {
    const args = ['install', '--prefix', staging, '--no-save', '--no-audit', '--ignore-scripts'];
    execFileSync('npm', [...args, spec], { stdio: ['ignore', 'ignore', 'inherit'] });
    rmSync(folder, { recursive: true, force: true });
    renameSync(staging, folder);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}
