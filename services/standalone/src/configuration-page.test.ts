import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { configurationPage } from './configuration-page.js';

/** Layout is the formatter's: runs of blanks and of dashes say nothing. */
const words = (page: string): string => page.replace(/-{2,}/g, '--').replace(/\s+/g, ' ').trim();

it('docs/configuration.md says what the settings are', () => {
  const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
  expect(words(page)).toBe(words(configurationPage()));
});
