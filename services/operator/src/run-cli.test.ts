import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createAuthenticator } from '@refold/auth';
import { deadUrl, run } from './run-cli.fixture.js';

describe('refold', () => {
  it('shows its commands, examples and version', async () => {
    const help = await run(['--help']);
    expect(help.code).toBe(0);
    expect(help.out).toContain('$ refold import test/traces');
    expect(help.out).toContain('http://127.0.0.1:4100');
    expect(await run(['--version'])).toEqual({ code: 0, out: '0.1.0\n', err: '' });
  });

  it.each([
    [['import']],
    [['status']],
    [['dead-letters', 'list']],
    [['plan']],
    [['rewind']],
    [['verify']],
    [['repair']],
    [['lag']],
    [['explain']],
    [['operations', 'list']],
    [['operations', 'cancel']],
    [['topics', 'ensure']],
    [['keys', 'create']],
  ])('%j has a help of its own', async (command) => {
    const { code, out } = await run([...command, '--help']);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: refold ${command.join(' ')}`);
  });

  it.each([
    [['unknown'], "unknown command 'unknown'"],
    [['status', '--loud'], "unknown option '--loud'"],
    [['import'], "missing required argument 'path'"],
    [['import', '.', '--rate', '1e3'], 'expected a whole number from 1 to 1000000'],
    [['import', '.', '--concurrency', '0'], 'expected a whole number from 1 to 64'],
    [['status', '--url', 'localhost:4100'], 'expected a URL that begins with http:// or https://'],
    [['dead-letters', 'list', '--projection', 'graphs'], 'Allowed choices are runs, workers'],
    [['dead-letters', 'list', '--partition', '-1'], 'expected a whole number from 0 to'],
    [['dead-letters', 'list', '--limit', '10001'], 'expected a whole number from 1 to 10000'],
    [['topics', 'ensure'], 'Give --brokers host:port or set REFOLD_KAFKA_BROKERS'],
    [['topics', 'ensure', '--brokers', 'here'], 'each entry host:port'],
    [['import', 'no/such/place'], 'no/such/place: no such file or folder'],
  ])('refuses %j with exit code 2 and says what it takes', async (args, said) => {
    const { code, out, err } = await run(args);
    expect(err).toContain(said);
    expect(code).toBe(2);
    expect(out).toBe('');
  });

  it('creates as many partitions as the services are told', async () => {
    const { out } = await run(['topics', 'ensure', '--help'], { REFOLD_PARTITIONS: '32' });
    expect(out.replaceAll(/\s+/g, ' ')).toContain('REFOLD_PARTITIONS; now 32');
  });

  it.each([
    ['that is not ready: how far it came', 200, /runs +3 +7 +9 +2/],
    ['that serves no reads: who does', 404, /ask the read API/],
  ])('shows of a server %s', async (_what, status, shown) => {
    const row = { partition: 3, checkpoint: 7, end: 9, lag_events: 2, lag_seconds: 1 };
    const replies: Record<string, [number, unknown]> = {
      '/healthz': [200, { service: 'x', build_sha: 'b', uptime_seconds: 1 }],
      '/readyz': [503, { reasons: { 'event log': 'away' } }],
      '/internal/v1/projectors': [
        status,
        status === 200
          ? { projectors: [{ projection: 'runs', partitions: [row] }] }
          : { code: 'not_found', detail: 'nothing is here' },
      ],
    };
    const server = createServer((request, response) => {
      const [code, body] = replies[request.url ?? ''] ?? [500, {}];
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, out, err } = await run(['status'], { REFOLD_URL: url });
    server.close();
    expect(err).toBe('');
    expect(out).toContain('event log: away');
    expect(out).toMatch(shown);
    expect(out).toContain('Only this process was asked.');
    expect(code).toBe(1);
  });

  it('says what to do when no server answers, and exits with 1', async () => {
    const url = await deadUrl();
    const { code, out, err } = await run(['status'], { REFOLD_URL: url });
    expect(err).toContain(`no reply from ${url}`);
    expect(err).toContain('npm start');
    expect([code, out]).toEqual([1, '']);
  });

  it('notices that before it reads a folder of traces', async () => {
    const { code, err } = await run(['import', 'test/traces', '--url', await deadUrl(), '--json']);
    expect(err).toContain('Is it running?');
    expect(code).toBe(1);
  });

  it('says so when something else answers', async () => {
    const server = createServer((_request, response) => response.end('<html>')).listen(0);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { code, err } = await run(['status', '--url', `http://127.0.0.1:${port}`]);
    server.closeAllConnections();
    server.close();
    expect(err).toContain('Is this a Refold server?');
    expect(code).toBe(1);
  });

  it('ends with 3 where somebody else has to agree first', async () => {
    const planned = { operation_id: 'op-1', status: 'awaiting_approval', plan: {} };
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(planned));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const args = ['rewind', '--to-earliest', '--execute', '--yes', '--json', '--url', url];
    const { code, err } = await run(args);
    server.closeAllConnections();
    server.close();
    expect(code).toBe(3);
    expect(err).toContain('refold operations approve op-1');
    expect(asked).toEqual(['/internal/v1/operations']);
  });

  it('ends an import of something that is no trace with 1, and says why', async () => {
    const server = createServer((_request, response) => response.end('{"status":"ok"}')).listen(0);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const folder = await mkdtemp(join(tmpdir(), 'refold-cli-'));
    await writeFile(join(folder, 'notes.md'), 'nothing here');
    const { code, out } = await run(['import', folder, '--url', `http://127.0.0.1:${port}`]);
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
    expect(out).toContain('notes.md: not JSON');
    expect(out).toContain('Nothing was imported.');
    expect(code).toBe(1);
  });
});

describe('refold keys create', () => {
  it('makes keys that a server with the file takes, and tells each once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'refold-cli-'));
    const keysFile = join(folder, 'keys.jsonl');
    const create = (name: string, ...more: string[]) =>
      run(['keys', 'create', '--name', name, '--file', keysFile, ...more]);
    const made = [
      await create('ci', '--scope', 'ingest,read', '--tenant', 'acme'),
      await create('ops', '--scope', 'operate'),
    ];
    const authenticator = createAuthenticator(
      { tokens: null, keysFile },
      {
        nowMs: Date.now,
        uses: { use: async () => false },
        fetcher: fetch,
        trouble(error) {
          throw error;
        },
      },
    );
    const callers = await Promise.all(
      made.map(async ({ out }) => authenticator.authenticate(`Bearer ${out.trim()}`)),
    );
    expect(callers.map(({ principal }) => principal)).toEqual(['key:ci', 'key:ops']);
    expect(callers[0]?.bindings.tenant).toBe('acme');
    const stored = await readFile(keysFile, 'utf8');
    for (const { out, err, code } of made) {
      expect(code).toBe(0);
      expect(stored + err).not.toContain(out.trim());
    }
    expect((await stat(keysFile)).mode & 0o777).toBe(0o600);
    await rm(folder, { recursive: true });
  });

  it.each([
    [['--name', 'ci'], '--scope'],
    [['--name', 'c_i', '--scope', 'read'], '--name'],
    [['--name', 'ci', '--scope', 'write'], '--scope'],
    [['--name', 'ci', '--scope', 'read', '--owner', 'alice'], '--owner'],
    [['--name', 'ci', '--scope', 'read', '--tenant', 'a/b'], '--tenant'],
    [['--name', 'ci', '--scope', 'read', '--run', 'a/b'], '--run'],
  ])('takes no %j', async (args, named) => {
    const { code, err, out } = await run(['keys', 'create', ...args]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(named);
  });
});

describe('credentials', () => {
  it('come from REFOLD_TOKEN or, first, from a file', async () => {
    const shown: (string | undefined)[] = [];
    const server = createServer(({ headers }, response) => {
      shown.push(headers.authorization);
      response.end('{}');
    }).listen(0);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const folder = await mkdtemp(join(tmpdir(), 'refold-cli-'));
    const file = join(folder, 'token');
    await writeFile(file, 'of-the-file\n');
    const environment = {
      REFOLD_URL: `http://127.0.0.1:${port}`,
      REFOLD_TOKEN: 'of-the-environment',
    };
    await run(['status'], environment);
    await run(['status', '--token-file', file], environment);
    await writeFile(file, '\n');
    const empty = await run(['status', '--token-file', file], environment);
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
    expect(new Set(shown)).toEqual(new Set(['Bearer of-the-environment', 'Bearer of-the-file']));
    expect(empty.code).toBe(2);
    expect(empty.err).toContain('expected one bearer token or API key');
  });

  it.each([
    ['a token of two lines', ['status'], { REFOLD_TOKEN: 'hidden-1\nhidden-2' }],
    ['a password in --url', ['status', '--url', 'http://eve:hidden@127.0.0.1:1'], {}],
    ['one in REFOLD_URL', ['status'], { REFOLD_URL: 'http://eve:hidden@127.0.0.1:1' }],
  ])('does not print %s, and says what it takes', async (_what, args, environment) => {
    const { code, out, err } = await run(args, environment);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/REFOLD_TOKEN/);
    expect(err).not.toContain('hidden');
  });
});
