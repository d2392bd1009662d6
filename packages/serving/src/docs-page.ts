import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { DOCS_FILES } from '@refold/contracts';

/** A file of the page of the API. */
export interface DocsFile {
  type: string;
  content: Buffer;
}

type DocsFileName = (typeof DOCS_FILES)[number];

/** Paths are relative, so that the page works behind any prefix. */
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Refold API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="docs/swagger-ui.css">
  </head>
  <body>
    <div id="api"></div>
    <noscript>This page needs JavaScript. The description itself is at <a href="openapi.json">openapi.json</a>.</noscript>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;

const START = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#api',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  syntaxHighlight: { activated: false },
  validatorUrl: null,
});
`;

/** Nothing from elsewhere, nothing inline; images may be part of the style sheet. */
export const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const require = createRequire(import.meta.url);

/** The folder of the built Swagger UI. */
const uiFolder = (): string =>
  join(dirname(require.resolve('@fastify/swagger-ui/package.json')), 'static');

/** The HTML of the page. */
export const docsPage: DocsFile = { type: 'text/html; charset=utf-8', content: Buffer.from(PAGE) };

/** What the HTML refers to. */
export async function docsFile(name: DocsFileName): Promise<DocsFile> {
  const type = `text/${name.endsWith('.css') ? 'css' : 'javascript'}; charset=utf-8`;
  if (name === 'start.js') return { type, content: Buffer.from(START) };
  return { type, content: await readFile(join(uiFolder(), name)) };
}
