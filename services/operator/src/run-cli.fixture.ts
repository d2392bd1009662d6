import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readConfig } from '@refold/service';
import { operatorConfig } from './config.js';
import { runCli } from './run-cli.js';

/** What a command ended with and printed. */
export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs the command line in this process, in an environment; with `columns` somebody watches what it prints. */
export async function run(args: string[], environment = {}, columns?: number): Promise<Ran> {
  const reading = readConfig(operatorConfig, environment);
  if (!reading.ok) throw new Error('expected a whole configuration');
  const ran = { code: -1, out: '', err: '' };
  const terminal = {
    out: (text: string) => void (ran.out += text),
    err: (text: string) => void (ran.err += text),
    interactive: false,
    ...(columns === undefined ? {} : { columns }),
  };
  const { signal } = new AbortController();
  ran.code = await runCli({ args, config: reading.config, terminal, signal });
  return ran;
}

/** An address that nobody listens on. */
export async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}
