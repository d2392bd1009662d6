import type { Authority } from './certificates.js';
import { freePorts } from './free-port.js';
import { KafkaBroker } from './kafka-broker.js';
import { runKafkaTool } from './kafka-tool.js';

/** How the broker shows itself. */
export interface SecuredKafkaOptions {
  authority: Authority;
  /** Users of the mechanism PLAIN, with their passwords. */
  plainUsers?: Readonly<Record<string, string>>;
  /** The alternative names of the broker's certificate; default: localhost and 127.0.0.1. */
  hosts?: readonly string[];
  /** How long the broker's certificate lasts; -1 has expired. */
  days?: number;
}

/** The passwords of one user. */
export type ScramPasswords = Partial<Record<'SCRAM-SHA-256' | 'SCRAM-SHA-512', string>>;

export const LOCAL_HOSTS = ['DNS:localhost', 'IP:127.0.0.1'] as const;

const LOGIN = 'org.apache.kafka.common.security';

/**
 * A real broker that denies by default. `login` takes SASL over TLS (PLAIN and SCRAM), `mutual` takes
 * client certificates, whose common name is the user. The plain listener of {@link KafkaBroker} is
 * the administrator's.
 */
export class SecuredKafka {
  readonly broker: KafkaBroker;
  readonly login: string;
  readonly mutual: string;

  private constructor(broker: KafkaBroker, loginPort: number, mutualPort: number) {
    this.broker = broker;
    this.login = `127.0.0.1:${loginPort}`;
    this.mutual = `127.0.0.1:${mutualPort}`;
  }

  static async start(options: SecuredKafkaOptions): Promise<SecuredKafka> {
    const { authority, plainUsers = {}, hosts = LOCAL_HOSTS, days } = options;
    const name = `broker${days === undefined ? '' : '-expired'}`;
    const files = await authority.issue({ name, hosts, ...(days === undefined ? {} : { days }) });
    const [plain = 0, login = 0, mutual = 0, controllerPort = 0] = await freePorts(4);
    const node = { id: 1, controllerPort };
    const outside = `PLAINTEXT://127.0.0.1:${plain},LOGIN://127.0.0.1:${login},MUTUAL://127.0.0.1:${mutual}`;
    const users = Object.entries(plainUsers).map(([user, word]) => ` user_${user}="${word}"`);
    const broker = await KafkaBroker.start({
      port: plain,
      node: { ...node, voters: [node] },
      settings: {
        listeners: `${outside},CONTROLLER://127.0.0.1:${controllerPort}`,
        'advertised.listeners': outside,
        'listener.security.protocol.map':
          'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_SSL,MUTUAL:SSL',
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.location': files.store,
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': authority.certificate,
        'listener.name.login.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
        'listener.name.login.plain.sasl.jaas.config': `${LOGIN}.plain.PlainLoginModule required${users.join('')};`,
        'listener.name.login.scram-sha-256.sasl.jaas.config': `${LOGIN}.scram.ScramLoginModule required;`,
        'listener.name.login.scram-sha-512.sasl.jaas.config': `${LOGIN}.scram.ScramLoginModule required;`,
        'listener.name.mutual.ssl.client.auth': 'required',
        'listener.name.mutual.ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/',
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS',
      },
    });
    return new SecuredKafka(broker, login, mutual);
  }

  /** Makes a user, or gives it other passwords: a user has one for each mechanism of SCRAM. */
  async setPasswords(user: string, passwords: ScramPasswords): Promise<void> {
    for (const [mechanism, password] of Object.entries(passwords)) {
      await this.#alter(user, '--add-config', `${mechanism}=[password=${password}]`);
    }
  }

  /** Takes the password of one mechanism away. */
  dropPassword(user: string, mechanism: keyof ScramPasswords): Promise<void> {
    return this.#alter(user, '--delete-config', mechanism);
  }

  stop(): Promise<void> {
    return this.broker.stop();
  }

  async #alter(user: string, ...change: string[]): Promise<void> {
    const of = ['--entity-type', 'users', '--entity-name', user];
    await runKafkaTool('kafka.admin.ConfigCommand', [
      ...['--bootstrap-server', this.broker.address, '--alter', ...of, ...change],
    ]);
  }
}
