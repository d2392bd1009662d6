import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Command, type Cluster, type Redis } from 'ioredis';

export type Client = Redis | Cluster;

/** Sends one command as it is, without spreading its arguments. */
export function send(client: Client, name: string, args: string[]): Promise<unknown> {
  const command = new Command(name, args, { replyEncoding: 'utf8' });
  void client.sendCommand(command);
  return command.promise;
}

/** One of the Lua scripts of this package, sent by its digest and whole when the server lost it. */
export class Script {
  readonly digest: string;
  readonly #text: string;

  /** @param file name of the file in the folder `scripts` */
  constructor(file: string) {
    this.#text = readFileSync(new URL(`../scripts/${file}`, import.meta.url), 'utf8');
    this.digest = createHash('sha1').update(this.#text).digest('hex');
  }

  /** @param args digest, number of keys, keys, arguments: what EVALSHA takes, kept unchanged */
  async run(client: Client, args: string[]): Promise<unknown> {
    try {
      return await send(client, 'evalsha', args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    }
    // Nothing was executed. EVAL also makes the server remember the script.
    return send(client, 'eval', [this.#text, ...args.slice(1)]);
  }
}

export const COMMIT = new Script('commit.lua');
export const READ = new Script('read.lua');
