import type { RunReply } from '@refold/contracts';
import { Authority, describeWithSecuredKafka, SecuredRedis } from '@refold/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, post, readiness } from './support/api.js';
import { kafkaRightsOf, KafkaRights } from './support/kafka-rights.js';
import { refusalsOf } from './support/log-lines.js';
import {
  blocksOf,
  createTopics,
  launchService,
  settingsOf,
} from './support/secured-installation.js';
import { until } from './support/until.js';

const ROLES = ['ingest', 'projector', 'read'] as const;

/** A user has one password for each mechanism; here they differ. */
const PASSWORDS = { 'SCRAM-SHA-256': 'of-256', 'SCRAM-SHA-512': 'of-512' };
const MECHANISMS = [
  { mechanism: 'scram-sha-256', password: 'of-256', other: 'of-512' },
  { mechanism: 'scram-sha-512', password: 'of-512', other: 'of-256' },
];

let authority: Authority;

const options = async () => {
  authority = await Authority.create('Refold test authority');
  return { authority };
};

describeWithSecuredKafka('A login at Kafka by SCRAM', options, (kafka) => {
  let redis: SecuredRedis;

  beforeAll(async () => {
    redis = await SecuredRedis.start(authority);
    for (const lines of await blocksOf('redis-acl')) await redis.commands(lines);
    const rights = await KafkaRights.open([kafka().broker.address]);
    await rights.give(...kafkaRightsOf((await blocksOf('sh kafka-acls')).join('')));
    await rights.close();
    await createTopics(kafka());
    for (const role of ROLES) await kafka().setPasswords(`refold-${role}`, PASSWORDS);
  }, 300_000);

  afterAll(async () => {
    await redis.stop();
    await authority.remove();
  });

  describe.each(MECHANISMS)('with $mechanism', ({ mechanism, password, other }) => {
    const told = (role: (typeof ROLES)[number], word: string): Record<string, string> => ({
      ...settingsOf(role, authority, kafka(), redis),
      REFOLD_KAFKA_SASL_MECHANISM: mechanism,
      REFOLD_KAFKA_SASL_PASSWORD: word,
    });

    it('lets events in, has them folded and reads them', async () => {
      const services = await Promise.all([
        launchService('ingest-api', told('ingest', password)),
        launchService('projector', told('projector', password)),
        launchService('read-api', told('read', password)),
      ]);
      try {
        await Promise.all(services.map((one) => one.ready()));
        const [ingest, , read] = services;
        expect((await post(ingest.url, '/runs', { run_id: mechanism })).status).toBe(201);
        const run = await ask<{ run: RunReply }>(read.url, `/runs/${mechanism}`);
        expect([run.status, run.body.run.last_seq]).toEqual([200, 1]);
        const events = await ask<{ events: unknown[] }>(read.url, `/runs/${mechanism}/events`);
        expect([events.status, events.body.events]).toEqual([200, [expect.anything()]]);
        for (const one of services) expect(refusalsOf(one)).toEqual([]);
      } finally {
        await Promise.all(services.map((one) => one.stop()));
      }
    });

    it('refuses the password of the other mechanism, which is waited for', async () => {
      const service = await launchService('projector', told('projector', other));
      let reason = '';
      try {
        await until(
          () => `the password is told to be wrong; it says ${reason}`,
          async () => {
            reason = (await readiness(service.url))?.reasons?.['event_log'] ?? '';
            return reason.includes('REFOLD_KAFKA_SASL_PASSWORD');
          },
          60_000,
        );
        expect(refusalsOf(service)).not.toEqual([]);
        expect(service.alive).toBe(true);
      } finally {
        await service.stop();
      }
    });
  });
});
