import { isLoopbackHost, type Address, type ConfigOf, type ConfigProblem } from '@refold/service';
import { isGuarded, type AuthSettings } from './auth-settings.js';
import type { KafkaConfig, RedisConfig } from './backend-settings.js';
import type { bindSettings } from './shared-settings.js';

export type BindConfig = ConfigOf<ReturnType<typeof bindSettings>>;

/** Whether only this machine reaches an address. */
export const isLoopback = ({ host }: Address): boolean => isLoopbackHost(host);

/** Other machines reach a process only if it asks who they are. */
export function checkBinding(config: BindConfig & AuthSettings): ConfigProblem | null {
  const { bindAddr } = config;
  if (isLoopback(bindAddr) || isGuarded(config)) return null;
  return {
    env: 'RUNTIME_BIND_ADDR',
    expected: [
      `expected an address of this machine alone (127.0.0.1, [::1], localhost), because nobody is asked who it is; got ${bindAddr.host}. Two lines ask everybody for an API key:`,
      '    npx refold keys create --name me --scope admin --file keys.jsonl',
      '    export REFOLD_AUTH_KEYS_FILE=keys.jsonl',
    ].join('\n'),
  };
}

/** For processes that work on nothing else. */
export function checkBackendsNamed(config: KafkaConfig & RedisConfig): ConfigProblem | null {
  if (config.kafkaBrokers === undefined) {
    return {
      env: 'REFOLD_KAFKA_BROKERS',
      expected: 'is required: expected host:port of a broker, or several',
    };
  }
  if (config.redisUrl === undefined && config.redisNodes === undefined) {
    return {
      env: 'REFOLD_REDIS_URL',
      expected: 'is required: expected a URL such as redis://localhost:6379',
    };
  }
  return null;
}
