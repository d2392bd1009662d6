import type { RunReply } from '@refold/contracts';
import {
  Authority,
  describeWithSecuredKafka,
  SecuredRedis,
  type CertificateFiles,
} from '@refold/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, post, readiness } from './support/api.js';
import { kafkaRightsOf, KafkaRights } from './support/kafka-rights.js';
import { linesOf, refusalsOf } from './support/log-lines.js';
import {
  blocksOf,
  createTopics,
  launchService,
  passwordOf,
} from './support/secured-installation.js';
import { until } from './support/until.js';

type Shown = 'ingest' | 'projector' | 'read';

let authority: Authority;

const options = async () => {
  authority = await Authority.create('Refold test authority');
  return { authority };
};

describeWithSecuredKafka('Kafka and Redis that ask for a certificate', options, (kafka) => {
  let redis: SecuredRedis;
  let stranger: Authority;
  let shown: Record<Shown | 'stranger', CertificateFiles>;

  beforeAll(async () => {
    redis = await SecuredRedis.start(authority, { clients: 'yes' });
    for (const lines of await blocksOf('redis-acl')) await redis.commands(lines);
    const rights = await KafkaRights.open([kafka().broker.address]);
    await rights.give(...kafkaRightsOf((await blocksOf('sh kafka-acls')).join('')));
    await rights.close();
    await createTopics(kafka());
    stranger = await Authority.create('Another authority');
    shown = {
      ingest: await authority.issue({ name: 'refold-ingest' }),
      projector: await authority.issue({ name: 'refold-projector' }),
      read: await authority.issue({ name: 'refold-read' }),
      stranger: await stranger.issue({ name: 'refold-projector' }),
    };
  }, 180_000);

  afterAll(async () => {
    await redis.stop();
    await stranger.remove();
    await authority.remove();
  });

  const certificate = (backend: 'KAFKA' | 'REDIS', of: Shown | 'stranger') => ({
    [`REFOLD_${backend}_CERT_FILE`]: shown[of].certificate,
    [`REFOLD_${backend}_KEY_FILE`]: shown[of].key,
  });

  /** No login at Kafka: the common name of the certificate is the user. */
  const settings = (role: Shown): Record<string, string> => ({
    REFOLD_PARTITIONS: '4',
    REFOLD_KAFKA_BROKERS: kafka().mutual,
    REFOLD_KAFKA_TLS: 'true',
    REFOLD_KAFKA_CA_FILE: authority.certificate,
    REFOLD_REDIS_URL: redis.url,
    REFOLD_REDIS_CA_FILE: authority.certificate,
    REFOLD_REDIS_USERNAME: `refold-${role}`,
    REFOLD_REDIS_PASSWORD: passwordOf(role),
    ...certificate('KAFKA', role),
    ...certificate('REDIS', role),
  });

  const without = (told: Record<string, string>, backend: 'KAFKA' | 'REDIS') =>
    Object.fromEntries(
      Object.entries(told).filter(
        ([name]) => !new RegExp(`^REFOLD_${backend}_(CERT|KEY)_FILE$`).test(name),
      ),
    );

  it('are worked with from end to end, each process by its own', async () => {
    const services = await Promise.all([
      launchService('ingest-api', settings('ingest')),
      launchService('projector', settings('projector')),
      launchService('read-api', settings('read')),
    ]);
    try {
      await Promise.all(services.map((one) => one.ready()));
      const [ingest, , read] = services;
      expect((await post(ingest.url, '/runs', { run_id: 'r-1' })).status).toBe(201);
      const run = await ask<{ run: RunReply }>(read.url, '/runs/r-1');
      expect([run.status, run.body.run.last_seq]).toEqual([200, 1]);
      const events = await ask<{ events: unknown[] }>(read.url, '/runs/r-1/events');
      expect([events.status, events.body.events]).toEqual([200, [expect.anything()]]);
      for (const one of services) expect(refusalsOf(one)).toEqual([]);
    } finally {
      await Promise.all(services.map((one) => one.stop()));
    }
  });

  /** What is shown instead, to which backend, and what is told of it. */
  const CASES: [string, 'event_log' | 'view_store', () => Record<string, string>, RegExp][] = [
    [
      'none at Kafka',
      'event_log',
      () => without(settings('projector'), 'KAFKA'),
      /REFOLD_KAFKA_CERT_FILE/,
    ],
    [
      'one of another authority at Kafka',
      'event_log',
      () => ({ ...settings('projector'), ...certificate('KAFKA', 'stranger') }),
      /REFOLD_KAFKA_CERT_FILE/,
    ],
    [
      'one of a user without the rights at Kafka',
      'event_log',
      () => ({ ...settings('projector'), ...certificate('KAFKA', 'read') }),
      /docs\/security\.md/,
    ],
    [
      'none at Redis',
      'view_store',
      () => without(settings('projector'), 'REDIS'),
      /REFOLD_REDIS_CERT_FILE/,
    ],
    [
      'one of another authority at Redis',
      'view_store',
      () => ({ ...settings('projector'), ...certificate('REDIS', 'stranger') }),
      /REFOLD_REDIS_CERT_FILE/,
    ],
  ];

  it.concurrent.each(CASES)(
    'are shown %s: the process says what to change, and waits',
    async (_, backend, told, wanted) => {
      const service = await launchService('projector', told());
      let reason = '';
      try {
        await until(
          () => `${backend} is told to be wrong by ${String(wanted)}; it says ${reason}`,
          async () => {
            reason = (await readiness(service.url))?.reasons?.[backend] ?? '';
            return wanted.test(reason);
          },
          60_000,
        );
        const warned = linesOf(service).filter(({ msg }) => msg === 'waiting for a backend');
        expect(warned.map((line) => line['reason'])).toContain(reason);
        expect(service.alive).toBe(true);
      } finally {
        await service.stop();
      }
    },
  );
});
