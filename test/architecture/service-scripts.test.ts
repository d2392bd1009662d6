import { expect, it } from 'vitest';
import { readManifest } from './repository.js';

/** Scripts that start a service and leave a shell before it, which keeps the signals that end it. */
const behindShell = (scripts: Readonly<Record<string, string>>): string[] =>
  Object.entries(scripts)
    .filter(([, command]) => /services\/[\w-]+\/dist\/main\.js/.test(command))
    .filter(([, command]) => !command.startsWith('exec node '))
    .map(([name]) => name);

it('every script that starts a service becomes it', () => {
  expect(behindShell(readManifest('package.json').scripts ?? {})).toEqual([]);
  expect(behindShell({ start: 'node services/x/dist/main.js' })).toEqual(['start']);
});
