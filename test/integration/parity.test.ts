import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OPERATIONS, PROBLEM_CODES, problemOf, type Operation } from '@refold/contracts';
import { RULEBOOK, rulesOf } from '@refold/domain';
import {
  addProbeRoutes,
  createHealth,
  createHttpServer,
  createLogger,
  createMetrics,
  routesOf,
  type HttpServer,
} from '@refold/service';
import { toProblem } from '@refold/serving';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openMemoryPorts, openStack, type HttpStack } from './http-stack.js';
import { judgeParity, parityRows, type ParityTargets } from './parity-page.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const textOf = (path: string): string => readFileSync(`${root}${path}`, 'utf8');
const page = textOf('docs/parity.md');

/** The members of a schema, of every alternative. */
function membersOf(schema: unknown): string[] {
  const { shape, options } = schema as { shape?: object; options?: readonly unknown[] };
  return [...Object.keys(shape ?? {}), ...(options ?? []).flatMap(membersOf)];
}

const routeOf = ({ method, path }: Operation): string => `${method} ${path}`;

function requestMembers(route: string): ReadonlySet<string> | undefined {
  const operation = OPERATIONS.find((row) => routeOf(row) === route);
  if (operation === undefined) return undefined;
  const bodies = Object.values(operation.body?.content ?? {}).map(({ schema }) => schema);
  return new Set([operation.query ?? {}, ...bodies].flatMap(membersOf));
}

/** Flat errors and the statuses they come with. */
function errorStatuses(): Map<string, Set<number>> {
  const errors = new Map<string, Set<number>>();
  for (const code of PROBLEM_CODES) {
    const { error, status } = problemOf(code);
    errors.set(error, (errors.get(error) ?? new Set()).add(status));
  }
  return errors;
}

/** Settings of the whole in one process, which another test compares with the code. */
function settings(): Map<string, string> {
  const [, standalone = ''] = textOf('docs/configuration.md').split('\n## standalone\n');
  const [own = ''] = standalone.split('\n## ');
  return new Map(
    [...own.matchAll(/^\| `(\w+)` +\| (?:`([^`]*)`|unset)/gm)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
}

const testText = ['packages', 'services', 'test']
  .flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !/(^|\/)(node_modules|dist)\//.test(path))
      .map((path) => `${folder}/${path}`),
  )
  .filter((path) => path.startsWith('test/') || path.endsWith('.test.ts'))
  .map(textOf)
  .join('\n');

const OWNER = { owner_user_id: 7 };
const QUERY = '?owner_user_id=7';
const ROOT = '/internal/v1';

/** A server that has the probes and nothing else. */
function probesOf(stack: HttpStack): HttpServer {
  const metrics = createMetrics('parity');
  const app = createHttpServer({
    logger: createLogger({ service: 'parity', level: 'silent' }),
    metrics,
    toProblem,
  });
  const health = createHealth({ service: 'parity', buildSha: 'parity' });
  health.readiness('view_store', () => stack.store.ping());
  addProbeRoutes(app, health, metrics);
  return app;
}

const byType = (ndjson: string): Record<string, unknown> =>
  Object.fromEntries(
    ndjson
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string })
      .map((line) => [line.type, line]),
  );

/** Asks a real server once for everything the page speaks of. */
async function repliesOf(stack: HttpStack, probes: HttpServer): Promise<Map<string, unknown>> {
  const replies = new Map<string, unknown>();
  const post = async (route: string, path: string, body: unknown): Promise<void> => {
    const reply = await stack.post(path, body);
    expect([route, reply.status < 300]).toEqual([route, true]);
    replies.set(`POST ${ROOT}${route}`, reply.body);
  };
  const get = async (route: string, path: string): Promise<void> => {
    const reply = await stack.get(path);
    expect([route, reply.status]).toEqual([route, 200]);
    replies.set(`GET ${ROOT}${route}`, reply.body ?? byType(reply.text));
  };
  for (const path of ['/healthz', '/readyz', `${ROOT}/health`]) {
    replies.set(`GET ${path}`, (await probes.inject(path)).json());
  }
  const frame = { frame_id: 'f', type: 'say', payload: { text: 'x' } };
  await post('/runs', '/runs', { run_id: 'r', thread_id: 't' });
  await post('/runs/{run_id}/events', '/runs/r/events', { event_type: 'run.delta' });
  await post('/runs/{run_id}/frames', '/runs/r/frames', frame);
  await post('/runs/{run_id}/cancel', '/runs/r/cancel', {});
  for (const part of ['', '/events', '/snapshot', '/receipt', '/replay']) {
    await get(`/runs/{run_id}${part}`, `/runs/r${part}`);
  }
  await get('/projectors/checkpoints/{run_id}', '/projectors/checkpoints/r');
  await get('/projectors/run-summary/{run_id}', '/projectors/run-summary/r');
  await post('/workers', '/workers', { worker_id: 'w', ...OWNER });
  const worker = '/workers/{worker_id}';
  await post(`${worker}/heartbeat`, '/workers/w/heartbeat', OWNER);
  await post(`${worker}/status`, '/workers/w/status', { ...OWNER, status: 'running' });
  await post(`${worker}/requests`, '/workers/w/requests', { ...OWNER, method: 'm' });
  const event = { ...OWNER, event_type: 'worker.event' };
  await post(`${worker}/events`, '/workers/w/events', event);
  await post(`${worker}/stop`, '/workers/w/stop', OWNER);
  for (const part of ['', '/snapshot', '/checkpoint', '/events']) {
    await get(`${worker}${part}`, `/workers/w${part}${QUERY}`);
  }
  await get('/workers', `/workers${QUERY}`);
  breakRules();
  await stack.post('/runs/r/events', { event_type: POISON });
  await get('/projectors/drift', '/projectors/drift?topic=run:r:events');
  return replies;
}

const POISON = 'my.poison';

function breakRules(): void {
  const rules = rulesOf(RULEBOOK, 1).run;
  const transition = rules.transition.bind(rules);
  vi.spyOn(rules, 'transition').mockImplementation((status, claim, owner) => {
    if (claim.type !== POISON) return transition(status, claim, owner);
    throw new TypeError('poison');
  });
}

describe('docs/parity.md', () => {
  let stack: HttpStack | null = null;
  let targets: ParityTargets | null = null;

  const held = (text: string): string[] => {
    if (targets === null) throw new Error('the page is held against servers inside tests only');
    return judgeParity(text, targets);
  };

  beforeAll(async () => {
    stack = await openStack(openMemoryPorts);
    const probes = probesOf(stack);
    const replies = await repliesOf(stack, probes);
    const routes = [...routesOf(stack.refold.app), ...routesOf(probes)].map(
      ({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
    );
    targets = {
      routes: new Set(routes),
      requestMembers,
      reply: (route) => replies.get(route),
      errors: errorStatuses(),
      settings: settings(),
      hasTest: (name) => [`it('${name}'`, `)('${name}'`].some((title) => testText.includes(title)),
    };
  });

  afterAll(async () => {
    vi.restoreAllMocks();
    await stack?.close();
  });

  it('says what is so', () => {
    expect(parityRows(page).length).toBeGreaterThan(200);
    expect(held(page)).toEqual([]);
  });

  const table = (section: string, columns: string[], row: string[]): string =>
    `# P\n\n## S\n\n### ${section}\n\n| ${columns.join(' | ')} |\n| --- |\n| ${row.join(' | ')} |\n`;
  const plain = ['original', 'here', 'how, or why not'];
  const member = ['route', 'member', 'here', 'how, or why not'];
  const run = '`POST /internal/v1/runs`';

  it.each<[section: string, columns: string[], row: string[], fault: RegExp]>([
    ['Routes', plain, ['`GET /internal/v1/nowhere`', 'built', ''], /is not served/],
    ['Routes', plain, [run, 'left out', 'because'], /is served/],
    ['Routes', plain, ['`GET /x`', 'replaced', 'by `GET /internal/v1/y`'], /y is not served/],
    ['Routes', plain, [run, 'replaced', ''], /no reason/],
    ['Routes', plain, [run, 'done', 'so'], /no fate/],
    ['Members of requests', member, [run, '`shoe_size`', 'built', ''], /takes no shoe_size/],
    ['Members of requests', member, [run, '`metadata`', 'left out', 'why'], /takes a metadata/],
    ['Members of replies', member, [run, '`run.shoe`', 'built', ''], /answers no run.shoe/],
    ['Members of replies', member, [run, '`run.id`', 'left out', 'why'], /answers a run.id/],
    ['Members of replies', member, ['`GET /never`', '`x`', 'built', ''], /was not asked/],
    [
      'Errors',
      ['status', ...plain],
      ['418', '`teapot`', 'built', ''],
      /teapot 418 is not answered/,
    ],
    ['Errors', ['status', ...plain], ['409', '`conflict`', 'planned', 'x'], /is answered/],
    [
      'Configuration',
      ['default', ...plain],
      ['`0.0.0.0:1`', '`RUNTIME_BIND_ADDR`', 'built', ''],
      /no setting with this default/,
    ],
    ['Traps', ['trap', 'test'], ['a trap', '`no test has this name`'], /no test is called/],
    ['Traps', ['trap', 'test'], ['a trap', ''], /no test/],
  ])('turns red on a row of %s that is not so', (section, columns, row, fault) => {
    const faults = held(table(section, columns, row));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(fault);
  });
});
