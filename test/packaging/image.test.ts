/** What the Dockerfile and the compose file say, done without a container engine on real Kafka and Redis. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  freePorts,
  describeWithKafka,
  missingBackendFails,
  OwnedProcess,
  untilReady,
  useRedis,
  type RedisBackend,
} from '@refold/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  composeText,
  environmentOf,
  interpolate,
  parseCompose,
  ROOT,
  type ComposeFile,
} from './support/compose-file.js';
import { buildImage } from './support/image-build.js';
import { execForm, imageEnvironmentOf, type ImageStep } from './support/image-steps.js';
import { stepsOf } from './support/page-blocks.js';
import { findTool } from './support/outside-tool.js';

const BUILD_MS_MAX = 600_000;
const SERVICES = ['ingest-api', 'projector', 'read-api', 'operator-api'];
const SECRET = 'a-secret-of-more-than-thirty-two-characters';

const PREFIX = `t${randomUUID().slice(0, 8)}`;
/** Where `env` and `mkdir` are; Node is named in full. */
const PATH = '/usr/bin:/bin';

/** The token that the page makes, by its own command, from the environment file beside it. */
function tokenOfPage(folder: string): string {
  const page = readFileSync(join(ROOT, 'docs/containers.md'), 'utf8');
  const command = stepsOf('docs/containers.md', page).find(({ command: text }) =>
    text.startsWith('export REFOLD_TOKEN='),
  )?.command;
  const example = readFileSync(join(ROOT, '.env.example'), 'utf8');
  writeFileSync(join(folder, '.env'), example.replace('_SECRET=', `_SECRET=${SECRET}`));
  const script = `${command ?? 'exit 9'}\nprintf %s "$REFOLD_TOKEN"`;
  const path = `PATH=${dirname(process.execPath)}:${PATH}`;
  const run = spawnSync('env', [path, 'bash', '-c', script], { cwd: folder, encoding: 'utf8' });
  expect([run.status, run.stderr]).toEqual([0, '']);
  return run.stdout;
}

/** The gateway's configuration with the addresses of this machine, as the whole of nginx's. */
function gatewayConfiguration(folder: string, ports: Readonly<Record<string, number>>): string {
  const conf = readFileSync(join(ROOT, 'deploy/gateway.conf'), 'utf8')
    .replace('listen 8080', `listen 127.0.0.1:${ports['gateway']}`)
    .replace('ingest-api:4100', `127.0.0.1:${ports['ingest-api']}`)
    .replace('read-api:4100', `127.0.0.1:${ports['read-api']}`)
    .replace('operator-api:4100', `127.0.0.1:${ports['operator-api']}`)
    // What only the nginx of the image has, and only a container network: names are looked up again.
    .replaceAll(/^resolver .*$/gm, '')
    .replaceAll(' resolve;', ';');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join('\n');
  return `daemon off; pid ${folder}/nginx.pid; error_log stderr;
    events {} http { access_log off; ${temporary}\n${conf} }`;
}

const answers = (url: string) => async (): Promise<boolean> => {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
};

describeWithKafka('the image', (kafka) => {
  let folder = '';
  let root = '';
  let steps: ImageStep[] = [];
  let compose: ComposeFile = { services: {} };
  let redis: RedisBackend | null = null;
  const running: OwnedProcess[] = [];
  const ports: Record<string, number> = {};

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'refold-image-'));
    ({ root, steps } = buildImage(folder));
    redis = await useRedis();
    compose = parseCompose(interpolate(composeText(), { REFOLD_AUTH_JWT_SECRET: SECRET }));
    const free = await freePorts(SERVICES.length + 1);
    [...SERVICES, 'gateway'].forEach((name, index) => (ports[name] = free[index] ?? 0));
  }, BUILD_MS_MAX);

  afterAll(async () => {
    for (const process of running) await process.end('SIGTERM');
    await redis?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The command of a service and its environment, with the addresses of this machine. */
  function startOf(name: string): { args: string[]; settings: string[] } {
    const service = compose.services[name];
    if (service === undefined) throw new Error(`no service ${name}`);
    const environment = {
      ...imageEnvironmentOf(steps),
      ...environmentOf(service),
      REFOLD_KAFKA_BROKERS: kafka().brokers.join(','),
      REFOLD_REDIS_URL: redis?.url ?? '',
      REFOLD_TOPIC_PREFIX: PREFIX,
      RUNTIME_BIND_ADDR: `0.0.0.0:${ports[name] ?? 0}`,
    };
    const settings = Object.entries(environment).map(([key, value]) => `${key}=${value}`);
    const [program = '', ...first] = execForm(steps, 'ENTRYPOINT');
    expect(program).toBe('node');
    return { args: [...first, ...(service.command ?? execForm(steps, 'CMD'))], settings };
  }

  it('holds what runs and nothing else', () => {
    const app = join(root, 'app');
    expect(existsSync(join(app, 'services/standalone/dist/main.js'))).toBe(true);
    expect(existsSync(join(app, 'packages/redis/scripts'))).toBe(true);
    for (const path of [
      'node_modules/typescript',
      'node_modules/vitest',
      'packages/domain/src',
      'test',
      'docs',
    ]) {
      expect(existsSync(join(app, path)), path).toBe(false);
    }
    expect(steps.find(({ word }) => word === 'USER')?.rest).toBe('1000:1000');
  });

  it('makes the topics', () => {
    const { args, settings } = startOf('topics');
    const run = spawnSync('env', ['-i', `PATH=${PATH}`, ...settings, process.execPath, ...args], {
      cwd: join(root, 'app'),
      encoding: 'utf8',
    });
    expect(`${run.stdout}${run.stderr}`).toContain(`${PREFIX}.runs: created`);
    expect(run.status).toBe(0);
  });

  it.each(SERVICES)('starts %s, whose health command sees it', async (name) => {
    const { args, settings } = startOf(name);
    const service = new OwnedProcess({
      command: 'env',
      args: ['-i', `PATH=${PATH}`, ...settings, process.execPath, ...args],
      cwd: join(root, 'app'),
      logFile: join(folder, `${name}.log`),
    });
    running.push(service);
    const port = ports[name] ?? 0;
    await untilReady(service, answers(`http://127.0.0.1:${port}/readyz`), 60_000);
    const [, ...health] = execForm(steps, 'HEALTHCHECK');
    const looksAt = (bindAddr: string) =>
      spawnSync(process.execPath, health, { env: { PATH, RUNTIME_BIND_ADDR: bindAddr } }).status;
    expect(looksAt(`0.0.0.0:${port}`)).toBe(0);
    expect(looksAt('0.0.0.0:1')).not.toBe(0);
  });

  it.skipIf(!missingBackendFails() && findTool('nginx') === null)(
    'is reached through the gateway, with a token',
    async () => {
      writeFileSync(join(folder, 'nginx.conf'), gatewayConfiguration(folder, ports));
      const gateway = new OwnedProcess({
        command: findTool('nginx') ?? 'nginx',
        args: ['-p', folder, '-c', join(folder, 'nginx.conf')],
        cwd: folder,
        logFile: join(folder, 'gateway.log'),
      });
      running.push(gateway);
      const url = `http://127.0.0.1:${ports['gateway']}`;
      await untilReady(gateway, answers(`${url}/readyz`), 30_000);

      const call = (method: string, path: string, headers: Record<string, string>) =>
        fetch(`${url}/internal/v1${path}`, {
          method,
          // The projector may still be joining its group.
          headers: { 'content-type': 'application/json', prefer: 'wait=60', ...headers },
          ...(method === 'POST' ? { body: JSON.stringify({ run_id: 'first' }) } : {}),
        });
      const authorization = `Bearer ${tokenOfPage(folder)}`;
      expect((await call('POST', '/runs', {})).status).toBe(401);
      expect((await call('POST', '/runs', { authorization })).status).toBe(201);
      const read = await call('GET', '/runs/first', { authorization });
      expect([read.status, await read.json()]).toMatchObject([200, { run: { id: 'first' } }]);
      expect((await fetch(`${url}/metrics`)).status).toBe(404);

      const tooLong = await fetch(`${url}/internal/v1/runs?${'q'.repeat(40_000)}`);
      expect([tooLong.status, await tooLong.json()]).toMatchObject([431, { status: 431 }]);
      await running[SERVICES.indexOf('read-api')]?.end('SIGTERM');
      const gone = await fetch(`${url}/internal/v1/runs/first`, { headers: { authorization } });
      expect(gone.headers.get('content-type')).toBe('application/problem+json');
      expect([gone.status, await gone.json()]).toMatchObject([
        502,
        { error: 'service_unavailable' },
      ]);
    },
  );
});
