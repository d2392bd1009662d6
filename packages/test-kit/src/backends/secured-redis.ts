import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Authority } from './certificates.js';
import { freePorts } from './free-port.js';
import { RedisServer } from './redis-server.js';
import { LOCAL_HOSTS } from './secured-kafka.js';

const run = promisify(execFile);

const ADMIN = { user: 'admin', password: 'the-administrators-own' };

/** A real server with TLS and an ACL file; nobody is let in without a name. */
export class SecuredRedis {
  readonly server: RedisServer;
  readonly tlsPort: number;
  readonly #authority: Authority;

  private constructor(server: RedisServer, tlsPort: number, authority: Authority) {
    this.server = server;
    this.tlsPort = tlsPort;
    this.#authority = authority;
  }

  /** `clients`: whether they must show a certificate. */
  static async start(
    authority: Authority,
    clients: 'optional' | 'yes' = 'optional',
  ): Promise<SecuredRedis> {
    const { certificate, key } = await authority.issue({ name: 'redis', hosts: LOCAL_HOSTS });
    const [tlsPort = 0] = await freePorts(1);
    const aclFile = join(authority.folder, `users-${tlsPort}.acl`);
    const admin = `user ${ADMIN.user} on >${ADMIN.password} ~* &* +@all`;
    await writeFile(aclFile, `user default off\n${admin}\n`);
    const server = await RedisServer.start({
      settings: {
        'tls-port': `${tlsPort}`,
        'tls-cert-file': certificate,
        'tls-key-file': key,
        'tls-ca-cert-file': authority.certificate,
        'tls-auth-clients': clients,
        aclfile: aclFile,
      },
    });
    return new SecuredRedis(server, tlsPort, authority);
  }

  get url(): string {
    return `rediss://127.0.0.1:${this.tlsPort}`;
  }

  /** One command of the administrator; rejects when it answers an error. */
  command(...words: readonly string[]): Promise<string> {
    return this.#cli(words);
  }

  /** Lines as somebody would type them into `redis-cli`; rejects when one answers an error. */
  async commands(lines: string): Promise<void> {
    for (const line of lines.split('\n').filter((one) => one !== '')) {
      await this.#cli(line.split(' '));
    }
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  async #cli(words: readonly string[]): Promise<string> {
    const login = ['--user', ADMIN.user, '--pass', ADMIN.password, '--no-auth-warning'];
    const tls = ['--tls', '--cacert', this.#authority.certificate];
    const args = ['-e', '-p', `${this.tlsPort}`, ...tls, ...login, ...words];
    const { stdout } = await run('redis-cli', args);
    return stdout.trimEnd();
  }
}
