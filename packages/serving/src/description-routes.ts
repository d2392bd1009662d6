import { createHash } from 'node:crypto';
import { API_ROOT, DOCS_FILES, ProblemError } from '@refold/contracts';
import { openApiDocument, type ApiDescription } from '@refold/description';
import type { HttpServer } from '@refold/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DOCS_POLICY, docsFile, docsPage, type DocsFile } from './docs-page.js';
import { matchesTag } from './entity-tag.js';

/** A file as it goes out. */
interface Served extends DocsFile {
  tag: string;
}

const served = ({ type, content }: DocsFile): Served => {
  const digest = createHash('sha256').update(content).digest('base64url').slice(0, 22);
  return { type, content, tag: `"${digest}"` };
};

/** Makes a value when it is first asked for, and keeps it; a failure is not kept. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}

function send(call: FastifyRequest, reply: FastifyReply, file: Served): FastifyReply {
  reply.header('etag', file.tag).header('cache-control', 'no-cache');
  reply.header('x-content-type-options', 'nosniff');
  if (matchesTag(call.headers['if-none-match'], file.tag)) return reply.code(304).send();
  return reply.type(file.type).send(file.content);
}

/**
 * `GET /internal/v1/openapi.json`, `…/docs` and its files: what this server serves, for machines and for
 * people. Nothing is made or read before it is asked for.
 */
export function descriptionRoutes(app: HttpServer, api: ApiDescription): void {
  const document = once(async () =>
    served({
      type: 'application/json; charset=utf-8',
      content: Buffer.from(JSON.stringify(openApiDocument(api))),
    }),
  );
  const page = served(docsPage);
  const files = new Map(
    DOCS_FILES.map((name) => [name as string, once(async () => served(await docsFile(name)))]),
  );

  app.get(`${API_ROOT}/openapi.json`, async (call, reply) => send(call, reply, await document()));

  app.get(`${API_ROOT}/docs`, async (call, reply) => {
    reply.header('content-security-policy', DOCS_POLICY);
    reply.header('referrer-policy', 'no-referrer');
    return send(call, reply, page);
  });

  app.get(`${API_ROOT}/docs/:file`, async (call, reply) => {
    const { file = '' } = call.params as Record<string, string>;
    const known = files.get(file);
    if (known === undefined) {
      throw new ProblemError('not_found', { detail: `The page has no file ${file}.` });
    }
    return send(call, reply, await known());
  });
}
