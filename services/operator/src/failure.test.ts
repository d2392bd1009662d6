import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { deadUrl, run } from './run-cli.fixture.js';

describe('a command that fails', () => {
  it('prints why as JSON with --json, whoever refuses', async () => {
    const problem = { code: 'invalid_request', detail: 'expected \u001b[31mless' };
    const server = createServer((_request, response) =>
      response
        .writeHead(400, { 'content-type': 'application/problem+json' })
        .end(JSON.stringify(problem)),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const lag = (...more: string[]) => run(['lag', '--url', `http://127.0.0.1:${port}`, ...more]);
    const refused = await lag('--json');
    expect(JSON.parse(refused.out)).toEqual({ problem: { ...problem, status: 400 } });
    expect(refused.code).toBe(2);
    expect((await lag()).out).toBe('');
    expect(refused.err).not.toContain('\u001b');
    server.closeAllConnections();
    server.close();
    const away = await run(['lag', '--json', '--url', await deadUrl()]);
    expect(JSON.parse(away.out)).toMatchObject({ problem: { code: 'unreachable' } });
    const wrong = await run(['plan', '--from-file', 'no/such/place', '--json']);
    expect(JSON.parse(wrong.out)).toMatchObject({ problem: { code: 'wrong_arguments' } });
    expect(wrong.err).toContain('no/such/place');
  });

  it('ends quietly when nobody reads what it prints', async () => {
    const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
    const child = spawn(process.execPath, [main, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (data) => (err += String(data)));
    const [code] = (await once(child, 'close')) as [number | null];
    expect([code, err]).toEqual([0, '']);
  });
});
