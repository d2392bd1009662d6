// Writes docs/api/ from the schemas of the built packages.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { documentText, publishedDocuments } from '../packages/description/dist/index.js';

for (const [path, document] of Object.entries(publishedDocuments())) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, documentText(document));
  console.log(`wrote ${path}`);
}
