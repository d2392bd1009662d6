import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The files of one certificate, all in PEM. */
export interface CertificateFiles {
  certificate: string;
  /** PKCS #8, without a passphrase. */
  key: string;
  /** Key and certificate in one file, as Kafka takes them. */
  store: string;
}

/** Who a certificate is for. */
export interface CertificateRequest {
  /** The common name. */
  name: string;
  /** Alternative names, as `DNS:localhost` and `IP:127.0.0.1`. */
  hosts?: readonly string[];
  /** From now; -1 has expired yesterday. Default 2. */
  days?: number;
}

/** An authority of its own, made by `openssl`, that lives as long as one test run. */
export class Authority {
  readonly folder: string;
  /** Its certificate, what clients are given to trust. */
  readonly certificate: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.certificate = join(folder, 'ca.pem');
  }

  static async create(name: string): Promise<Authority> {
    const authority = new Authority(await mkdtemp(join(tmpdir(), 'refold-ca-')));
    await authority.#openssl(
      ...['req', '-x509', '-newkey', 'rsa:2048', '-noenc', '-keyout', 'ca.key'],
      ...['-out', 'ca.pem', '-days', '2', '-subj', `/CN=${name}`],
    );
    return authority;
  }

  /** Makes a key and signs its certificate. */
  async issue({ name, hosts = [], days = 2 }: CertificateRequest): Promise<CertificateFiles> {
    const at = (ending: string): string => join(this.folder, `${name}.${ending}`);
    const extensions = hosts.length === 0 ? '' : `subjectAltName=${hosts.join(',')}\n`;
    await writeFile(at('ext'), extensions);
    await this.#openssl(
      ...['req', '-new', '-newkey', 'rsa:2048', '-noenc', '-keyout', at('key')],
      ...['-out', at('csr'), '-subj', `/CN=${name}`],
    );
    await this.#openssl(
      ...['x509', '-req', '-in', at('csr'), '-CA', 'ca.pem', '-CAkey', 'ca.key'],
      ...['-CAcreateserial', '-days', `${days}`, '-extfile', at('ext'), '-out', at('pem')],
    );
    const parts = await Promise.all([at('key'), at('pem')].map((file) => readFile(file, 'utf8')));
    await writeFile(at('store'), parts.join(''));
    return { certificate: at('pem'), key: at('key'), store: at('store') };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async #openssl(...args: string[]): Promise<void> {
    await run('openssl', args, { cwd: this.folder });
  }
}
