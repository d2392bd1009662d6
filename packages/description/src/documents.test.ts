import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { documentText, publishedDocuments } from './documents.js';

const checkedIn = (path: string): string =>
  readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

describe('the documents in docs/api', () => {
  it.each(Object.entries(publishedDocuments()))(
    '%s says what the schemas say; if not: npx tsc -b && node scripts/write-api-documents.mjs',
    (path, document) => {
      expect(checkedIn(path)).toBe(documentText(document));
    },
  );
});
