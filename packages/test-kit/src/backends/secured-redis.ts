import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Authority, CertificateFiles } from './certificates.js';
import { freePorts } from './free-port.js';
import { CLUSTER_BUS, RedisServer } from './redis-server.js';
import { LOCAL_HOSTS } from './secured-kafka.js';

const run = promisify(execFile);

const ADMIN = { user: 'admin', password: 'the-administrators-own' };

/** How a server asks, and what it is. */
export interface SecuredRedisOptions {
  /** Whether clients must show a certificate. Default `optional`. */
  clients?: 'optional' | 'yes';
  /** A node of a cluster whose nodes speak TLS to each other; {@link SecuredRedisCluster} sets it. */
  cluster?: boolean;
}

/** A real server with TLS and an ACL file; nobody is let in without a name. */
export class SecuredRedis {
  readonly server: RedisServer;
  readonly tlsPort: number;
  readonly #authority: Authority;
  readonly #own: CertificateFiles;

  private constructor(
    server: RedisServer,
    tlsPort: number,
    authority: Authority,
    own: CertificateFiles,
  ) {
    this.server = server;
    this.tlsPort = tlsPort;
    this.#authority = authority;
    this.#own = own;
  }

  static async start(
    authority: Authority,
    { clients = 'optional', cluster = false }: SecuredRedisOptions = {},
  ): Promise<SecuredRedis> {
    const [tlsPort = 0] = await freePorts(1, cluster ? CLUSTER_BUS : 0);
    const own = await authority.issue({ name: `redis-${tlsPort}`, hosts: LOCAL_HOSTS });
    const aclFile = join(authority.folder, `users-${tlsPort}.acl`);
    const admin = `user ${ADMIN.user} on >${ADMIN.password} ~* &* +@all`;
    await writeFile(aclFile, `user default off\n${admin}\n`);
    const server = await RedisServer.start({
      cluster,
      settings: {
        'tls-port': `${tlsPort}`,
        'tls-cert-file': own.certificate,
        'tls-key-file': own.key,
        'tls-ca-cert-file': authority.certificate,
        'tls-auth-clients': clients,
        ...(cluster ? { 'tls-cluster': 'yes' } : {}),
        aclfile: aclFile,
      },
    });
    return new SecuredRedis(server, tlsPort, authority, own);
  }

  /** Where it speaks TLS. */
  get address(): string {
    return `127.0.0.1:${this.tlsPort}`;
  }

  get url(): string {
    return `rediss://${this.address}`;
  }

  /** One command of the administrator; rejects when it answers an error. */
  async command(...words: readonly string[]): Promise<string> {
    const login = ['--user', ADMIN.user, '--pass', ADMIN.password, '--no-auth-warning'];
    const shown = ['--cert', this.#own.certificate, '--key', this.#own.key];
    const tls = ['--tls', '--cacert', this.#authority.certificate, ...shown];
    const args = ['-e', '-p', `${this.tlsPort}`, ...tls, ...login, ...words];
    const { stdout } = await run('redis-cli', args);
    return stdout.trimEnd();
  }

  /** Lines as somebody would type them into `redis-cli`; rejects when one answers an error. */
  async commands(lines: string): Promise<void> {
    for (const line of lines.split('\n').filter((one) => one !== '')) {
      await this.command(...line.split(' '));
    }
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}
