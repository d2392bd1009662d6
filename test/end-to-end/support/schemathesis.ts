import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_TOPIC_PREFIX } from '@refold/contracts';
import { missingBackendFails, reportBackend } from '@refold/test-kit';
import { findTool } from '../../packaging/support/outside-tool.js';
import { PARTITIONS } from './installation.js';
import { Program, ROOT } from './program.js';

const FOLDER = join(ROOT, 'test', 'end-to-end', 'schemathesis');
const RUN_MS = 1_800_000;

interface ApiOperation {
  operationId: string;
  responses: Record<string, object>;
  /** Empty: the caller need not say who it is. */
  security?: object[];
}

/** An OpenAPI document, as far as the tests look into it. */
export interface ApiDocument {
  paths: Record<string, Record<string, ApiOperation>>;
  components: Record<string, object>;
}

/** What schemathesis tells of a run, as far as the tests look into it. */
export interface SchemathesisReport {
  complete: boolean;
  exit_code: number;
  operations: { total: number; selected: number; tested: number; errored: number };
  phases: Record<string, { status: string }>;
  test_cases: { generated: number; without_checks: number };
  failures: { type: string; operations: string[] }[];
  errors: object[];
}

/**
 * Where schemathesis stands; null when it is missing, which is told. Under continuous integration
 * that is an error. @throws Error
 */
export function findSchemathesis(): string | null {
  const path = findTool('schemathesis');
  if (path !== null) return path;
  if (missingBackendFails()) throw new Error('schemathesis is missing: .ci/run installs it');
  reportBackend('schemathesis', 'SKIPPED schemathesis is missing: .ci/run installs it');
  return null;
}

/** The document that a server serves. */
export async function servedDocument(url: string): Promise<ApiDocument> {
  const reply = await fetch(`${url}/internal/v1/openapi.json`);
  return (await reply.json()) as ApiDocument;
}

/** A server, and who asks it. */
export interface TriedServer {
  url: string;
  /** Opens all of it; null: it asks nobody who it is. */
  token: string | null;
  /** What its topics begin with, where that is not what they begin with by default. */
  prefix?: string;
  /** What is sent in place of the token, null for none, and the status with which everything guarded refuses it. */
  refused?: { token: string | null; status: 401 | 403 };
}

/** Tries a server against a document with every check. @throws Error unless it wrote its report. */
export async function runSchemathesis(
  tool: string,
  { url, token, prefix = DEFAULT_TOPIC_PREFIX, refused }: TriedServer,
  document: ApiDocument,
  args: readonly string[],
): Promise<SchemathesisReport & { said: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'refold-schemathesis-'));
  const report = join(folder, 'report.json');
  const sent = refused === undefined ? token : refused.token;
  await writeFile(join(folder, 'openapi.json'), JSON.stringify(document));
  const program = new Program({
    command: tool,
    args: [
      ...['--config-file', join(FOLDER, 'schemathesis.toml'), 'run', 'openapi.json'],
      ...['--url', url, '--checks', 'all', '--no-color', '--generation-database', 'none'],
      ...['--report', 'json', '--report-json-path', report, ...args],
      ...(sent === null ? [] : ['--header', `Authorization: Bearer ${sent}`]),
    ],
    settings: {
      REFOLD_URL: url,
      REFOLD_TOKEN: token ?? '',
      REFOLD_REFUSAL: String(refused?.status ?? ''),
      REFOLD_PARTITIONS: String(PARTITIONS),
      REFOLD_TOPIC_PREFIX: prefix,
      SCHEMATHESIS_HOOKS: 'hooks',
      PYTHONPATH: FOLDER,
      PYTHONDONTWRITEBYTECODE: '1',
    },
    cwd: folder,
  });
  await program.finished(RUN_MS);
  const said = `${program.out}${program.err}`;
  try {
    return { ...(JSON.parse(await readFile(report, 'utf8')) as SchemathesisReport), said };
  } catch (cause) {
    throw new Error(`schemathesis wrote no report: ${said}`, { cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
