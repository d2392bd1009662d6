import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isLoopbackHost, parseAddress, type ConfigProblem } from '@refold/service';
import type { KafkaLinkConfig, RedisConfig } from './backend-settings.js';

/** How a backend is proven and this process proves itself, as Node's TLS takes it. */
export interface TlsOptions {
  ca?: string;
  cert?: string;
  key?: string;
  servername?: string;
}

/** The TLS settings of one backend, whatever their variables are called. */
interface TlsConfig {
  /** What the variables begin with: `REFOLD_KAFKA`. */
  prefix: string;
  isOn: boolean;
  /** How it is switched on, in words. */
  on: string;
  ca: string | undefined;
  certificate: string | undefined;
  key: string | undefined;
  serverName: string | undefined;
}

const kafkaTls = (config: KafkaLinkConfig): TlsConfig => ({
  prefix: 'REFOLD_KAFKA',
  isOn: config.kafkaTls,
  on: 'REFOLD_KAFKA_TLS=true',
  ca: config.kafkaCa,
  certificate: config.kafkaCertificate,
  key: config.kafkaKey,
  serverName: config.kafkaServerName,
});

const redisTls = (config: RedisConfig): TlsConfig => ({
  prefix: 'REFOLD_REDIS',
  isOn: config.redisUrl === undefined ? config.redisTls : config.redisUrl.startsWith('rediss:'),
  on:
    config.redisUrl === undefined
      ? 'REFOLD_REDIS_TLS=true'
      : 'REFOLD_REDIS_URL that begins with rediss://',
  ca: config.redisCa,
  certificate: config.redisCertificate,
  key: config.redisKey,
  serverName: config.redisServerName,
});

const optionsOf = (tls: TlsConfig): TlsOptions | null =>
  tls.isOn
    ? {
        ...(tls.ca === undefined ? {} : { ca: tls.ca }),
        ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
        ...(tls.key === undefined ? {} : { key: tls.key }),
        ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
      }
    : null;

/** Null: without TLS. */
export const kafkaTlsOptions = (config: KafkaLinkConfig): TlsOptions | null =>
  optionsOf(kafkaTls(config));

/** Null: without TLS. */
export const redisTlsOptions = (config: RedisConfig): TlsOptions | null =>
  optionsOf(redisTls(config));

type Check<C> = (config: C) => ConfigProblem | null;

const PARTS = [
  ['CA_FILE', 'ca'],
  ['CERT_FILE', 'certificate'],
  ['KEY_FILE', 'key'],
  ['SERVER_NAME', 'serverName'],
] as const;

/** Rules between the TLS settings of one backend; every broken one is told. */
const tlsChecks = <C>(of: (config: C) => TlsConfig): Check<C>[] => [
  ...PARTS.map(([name, part]): Check<C> => (config) => {
    const tls = of(config);
    if (tls.isOn || tls[part] === undefined) return null;
    return { env: `${tls.prefix}_${name}`, expected: `has no use without ${tls.on}` };
  }),
  (config) => {
    const { prefix, certificate, key } = of(config);
    if ((certificate === undefined) === (key === undefined)) return null;
    const [there, missing] = key === undefined ? ['CERT', 'KEY'] : ['KEY', 'CERT'];
    return {
      env: `${prefix}_${missing}_FILE`,
      expected: `is required beside ${prefix}_${there}_FILE`,
    };
  },
  (config) => {
    const { prefix, certificate, key } = of(config);
    if (certificate === undefined || key === undefined) return null;
    const own = new X509Certificate(certificate);
    if (own.checkPrivateKey(createPrivateKey(key))) return null;
    return {
      env: `${prefix}_KEY_FILE`,
      expected: `expected the key of the first certificate in ${prefix}_CERT_FILE (${own.subject.replaceAll('\n', ', ')}); it belongs to another`,
    };
  },
  (config) => {
    const { prefix, certificate } = of(config);
    if (certificate === undefined) return null;
    const { validTo } = new X509Certificate(certificate);
    if (Date.parse(validTo) > Date.now()) return null;
    return {
      env: `${prefix}_CERT_FILE`,
      expected: `expected a certificate that is still valid; it has expired on ${validTo}`,
    };
  },
];

const twice = (prefix: string, given: unknown, inFile: unknown): ConfigProblem | null =>
  given === undefined || inFile === undefined
    ? null
    : { env: `${prefix}_FILE`, expected: `expected ${prefix} or the file, not both` };

/** Who this process is at Kafka; null: it does not log in. */
export function kafkaLogin(config: KafkaLinkConfig) {
  const { kafkaSaslMechanism: mechanism, kafkaSaslUsername: username } = config;
  const password = config.kafkaSaslPassword ?? config.kafkaSaslPasswordFile;
  if (mechanism === undefined || username === undefined || password === undefined) return null;
  return { mechanism, username, password };
}

function checkKafkaLogin(config: KafkaLinkConfig): ConfigProblem | null {
  const password = config.kafkaSaslPassword ?? config.kafkaSaslPasswordFile;
  const parts = [config.kafkaSaslMechanism, config.kafkaSaslUsername, password];
  const given = parts.filter((part) => part !== undefined).length;
  if (given === 0 || given === parts.length) return null;
  return {
    env: 'REFOLD_KAFKA_SASL_MECHANISM',
    expected:
      'expected mechanism, REFOLD_KAFKA_SASL_USERNAME and REFOLD_KAFKA_SASL_PASSWORD (or its _FILE), or none of them',
  };
}

/** Rules between the settings of Kafka; every broken one is told. */
export const kafkaChecks: readonly Check<KafkaLinkConfig>[] = [
  checkKafkaLogin,
  (config) =>
    twice('REFOLD_KAFKA_SASL_PASSWORD', config.kafkaSaslPassword, config.kafkaSaslPasswordFile),
  ...tlsChecks(kafkaTls),
];

/** Rules between the settings of Redis; every broken one is told. */
export const redisChecks: readonly Check<RedisConfig>[] = [
  ({ redisUrl, redisNodes }) =>
    redisUrl === undefined || redisNodes === undefined
      ? null
      : {
          env: 'REFOLD_REDIS_NODES',
          expected: 'expected REFOLD_REDIS_URL or REFOLD_REDIS_NODES, not both',
        },
  ({ redisUrl, redisTls: on }) =>
    on && redisUrl?.startsWith('redis:') === true
      ? { env: 'REFOLD_REDIS_TLS', expected: 'expected REFOLD_REDIS_URL to begin with rediss://' }
      : null,
  ({ redisPassword, redisPasswordFile }) =>
    twice('REFOLD_REDIS_PASSWORD', redisPassword, redisPasswordFile),
  ...tlsChecks(redisTls),
];

const isFar = (hosts: readonly string[]): boolean => hosts.some((host) => !isLoopbackHost(host));

/** Passwords that would cross a network in the clear, in words that say what to set. */
export function openSecrets(config: KafkaLinkConfig & RedisConfig): string[] {
  const told: string[] = [];
  const brokers = (config.kafkaBrokers ?? []).map((one) => parseAddress(one)?.host ?? one);
  if (kafkaLogin(config)?.mechanism === 'plain' && !config.kafkaTls && isFar(brokers)) {
    told.push(
      'the password for Kafka crosses the network in the clear: set REFOLD_KAFKA_TLS=true, or log in with scram-sha-512',
    );
  }
  const { redisUrl, redisNodes = [] } = config;
  const url = redisUrl === undefined ? null : new URL(redisUrl);
  const hosts = url === null ? redisNodes.map(({ host }) => host) : [url.hostname];
  const password = config.redisPassword ?? config.redisPasswordFile ?? (url?.password || null);
  if (password !== null && redisTlsOptions(config) === null && isFar(hosts)) {
    told.push(
      `the password for Redis crosses the network in the clear: ${url === null ? 'set REFOLD_REDIS_TLS=true' : 'write rediss:// in REFOLD_REDIS_URL'}`,
    );
  }
  return told;
}
