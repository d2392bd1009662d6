import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Command, Redis, type Cluster } from 'ioredis';

export type Client = Redis | Cluster;

/**
 * Holds back what a connection is given until the work of this moment is done, so that the commands
 * of all partitions of one fetch leave in one write to the socket.
 */
function gather({ stream }: Redis): void {
  if (stream === undefined || stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

/** Sends one command as it is, without spreading its arguments. */
export function send(client: Client, name: string, args: string[]): Promise<unknown> {
  if (client instanceof Redis) gather(client);
  else for (const node of client.nodes('master')) gather(node);
  const command = new Command(name, args, { replyEncoding: 'utf8' });
  void client.sendCommand(command);
  return command.promise;
}

/** One of the Lua scripts of this package, sent by its digest and whole when the server lost it. */
export class Script {
  readonly digest: string;
  readonly #text: string;
  readonly #ending: '' | '_ro';

  /**
   * @param file name of the file in the folder `scripts`
   * @param kind what only reads needs no right to write
   */
  constructor(file: string, kind: 'writes' | 'reads') {
    this.#ending = kind === 'reads' ? '_ro' : '';
    this.#text = readFileSync(new URL(`../scripts/${file}`, import.meta.url), 'utf8');
    this.digest = createHash('sha1').update(this.#text).digest('hex');
  }

  /** @param args digest, number of keys, keys, arguments: what EVALSHA takes, kept unchanged */
  async run(client: Client, args: string[]): Promise<unknown> {
    try {
      return await send(client, `evalsha${this.#ending}`, args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    }
    // Nothing was executed. EVAL also makes the server remember the script.
    return send(client, `eval${this.#ending}`, [this.#text, ...args.slice(1)]);
  }
}

export const COMMIT = new Script('commit.lua', 'writes');
export const READ = new Script('read.lua', 'reads');
export const SPEND = new Script('spend.lua', 'writes');
