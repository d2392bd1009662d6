import { Authority, describeWithSecuredKafka, SecuredRedis } from '@refold/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readiness } from './support/api.js';
import { linesOf, refusalsOf } from './support/log-lines.js';
import { launchService, passwordOf, settingsOf } from './support/secured-installation.js';
import { until } from './support/until.js';

let authority: Authority;

const options = async () => {
  authority = await Authority.create('Refold test authority');
  return { authority, plainUsers: { 'refold-ingest': passwordOf('ingest') } };
};

describeWithSecuredKafka('A backend that cannot be trusted or refuses', options, (kafka) => {
  let redis: SecuredRedis;
  let stranger: Authority;

  beforeAll(async () => {
    redis = await SecuredRedis.start(authority);
    stranger = await Authority.create('Another authority');
  });

  afterAll(async () => {
    await redis.stop();
    await stranger.remove();
    await authority.remove();
  });

  /** Which setting is wrong, of which backend, and what is told of it. */
  const CASES: [string, 'event_log' | 'view_store', () => Record<string, string>, RegExp][] = [
    [
      'password of PLAIN',
      'event_log',
      () => ({ REFOLD_KAFKA_SASL_PASSWORD: 'wrong' }),
      /SASL_PASSWORD/,
    ],
    [
      'authority of Kafka',
      'event_log',
      () => ({ REFOLD_KAFKA_CA_FILE: stranger.certificate }),
      /KAFKA_CA_FILE/,
    ],
    [
      'name of Kafka',
      'event_log',
      () => ({ REFOLD_KAFKA_SERVER_NAME: 'elsewhere.example' }),
      /KAFKA_SERVER_NAME/,
    ],
    [
      'TLS where Kafka has none',
      'event_log',
      () => ({ REFOLD_KAFKA_BROKERS: kafka().broker.address }),
      /REFOLD_KAFKA_TLS/,
    ],
    ['rights at Kafka', 'event_log', () => ({}), /docs\/security\.md/],
    ['password of Redis', 'view_store', () => ({}), /REDIS_PASSWORD/],
    [
      'authority of Redis',
      'view_store',
      () => ({ REFOLD_REDIS_CA_FILE: stranger.certificate }),
      /REDIS_CA_FILE/,
    ],
    [
      'name of Redis',
      'view_store',
      () => ({ REFOLD_REDIS_SERVER_NAME: 'elsewhere.example' }),
      /REDIS_SERVER_NAME/,
    ],
    [
      'TLS where Redis has none',
      'view_store',
      () => ({ REFOLD_REDIS_URL: `rediss://${redis.server.address}` }),
      /rediss:/,
    ],
  ];

  it.concurrent.each(CASES)(
    '%s: says what to change, and waits',
    async (name, backend, wrong, told) => {
      const isUnanswered = name.startsWith('TLS where');
      const settings = {
        ...settingsOf('ingest', authority, kafka(), redis),
        REFOLD_KAFKA_SASL_MECHANISM: 'plain',
        ...wrong(),
      };
      const service = await launchService('projector', settings);
      let reason = '';
      try {
        await until(
          () => `${backend} is told to be wrong by ${String(told)}; it says ${reason}`,
          async () => {
            reason = (await readiness(service.url))?.reasons?.[backend] ?? '';
            return told.test(reason);
          },
          60_000,
        );
        const warned = linesOf(service).filter(({ msg }) => msg === 'waiting for a backend');
        expect(warned.map((line) => line['reason'])).toContain(reason);
        // What `secured-backends.test.ts` must not find is found here, wherever somebody is refused.
        if (!isUnanswered) expect(refusalsOf(service)).not.toEqual([]);
        expect(service.alive).toBe(true);
      } finally {
        await service.stop();
      }
    },
  );
});
