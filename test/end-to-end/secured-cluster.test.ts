import { Authority, describeWithSecuredKafka, SecuredRedisCluster } from '@refold/test-kit';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AckedWriter } from './support/acked-writer.js';
import { readiness } from './support/api.js';
import type { Installation } from './support/installation.js';
import { kafkaRightsOf, KafkaRights } from './support/kafka-rights.js';
import { refusalsOf } from './support/log-lines.js';
import {
  blocksOf,
  createTopics,
  launchService,
  passwordOf,
  ROLES,
  settingsOf,
  type Role,
} from './support/secured-installation.js';
import { openForTest, TESTER_ACL } from './support/tester.js';
import { until } from './support/until.js';
import { expectEquality } from './support/verify.js';

let authority: Authority;

const options = async () => {
  authority = await Authority.create('Refold test authority');
  const plainUsers = Object.fromEntries(ROLES.map((role) => [`refold-${role}`, passwordOf(role)]));
  return { authority, plainUsers };
};

describeWithSecuredKafka('A Redis Cluster with TLS that denies by default', options, (kafka) => {
  let redis: SecuredRedisCluster;
  let installation: Installation;

  beforeAll(async () => {
    redis = await SecuredRedisCluster.start(authority);
    await redis.commands(await usersOfCluster());
    await redis.commands(TESTER_ACL);
    const rights = await KafkaRights.open([kafka().broker.address]);
    await rights.give(...kafkaRightsOf((await blocksOf('sh kafka-acls')).join('')));
    await rights.close();
    await createTopics(kafka());
    installation = await openForTest(kafka().broker.address, {
      nodes: redis.nodes.map(({ tlsPort }) => ({ host: '127.0.0.1', port: tlsPort })),
      tls: { ca: await readFile(authority.certificate, 'utf8') },
    });
  }, 180_000);

  afterAll(async () => {
    await installation.close();
    await redis.stop();
    await authority.remove();
  });

  /** The documented users, with what the page adds for a cluster. */
  async function usersOfCluster(): Promise<string> {
    const [more = ''] = await blocksOf('redis-acl-cluster');
    return (await blocksOf('redis-acl')).join('') + more;
  }

  const settings = (role: Role): Record<string, string> => ({
    ...settingsOf(role, authority, kafka()),
    REFOLD_KAFKA_SASL_MECHANISM: 'plain',
    REFOLD_REDIS_NODES: redis.addresses.join(),
    REFOLD_REDIS_TLS: 'true',
    REFOLD_REDIS_CA_FILE: authority.certificate,
    REFOLD_REDIS_USERNAME: `refold-${role}`,
    REFOLD_REDIS_PASSWORD: passwordOf(role),
  });

  it('is worked with from end to end by users that have the documented rights alone', async () => {
    const services = await Promise.all([
      launchService('ingest-api', settings('ingest')),
      launchService('projector', settings('projector')),
      launchService('read-api', settings('read')),
    ]);
    try {
      await Promise.all(services.map((one) => one.ready()));
      const [ingest, , read] = services;
      let enough = false;
      const writer = new AckedWriter({
        url: () => ingest.url,
        eventsPerRun: 5,
        concurrency: 4,
        prefix: 'cluster',
        giveUpMs: 60_000,
        pauseMs: 0,
      });
      const written = writer.write(() => enough);
      written.catch(() => undefined);
      await writer.more(100);
      enough = true;
      await written;
      await expectEquality(installation, writer.acknowledged, writer.runIds);
      for (const path of ['/internal/v1/runs', `/internal/v1/runs/${writer.runIds[0]}`]) {
        expect(await read.answers(path)).toBe(true);
      }
      for (const one of services) expect(refusalsOf(one)).toEqual([]);
      const sizes = await Promise.all(redis.nodes.map((node) => node.command('dbsize')));
      expect(sizes.filter((size) => Number(size) > 0)).toHaveLength(3);
    } finally {
      await Promise.all(services.map((one) => one.stop()));
    }
  });

  /** What the nodes are given, and what is told of it. */
  const CASES: [string, () => Record<string, string>, RegExp][] = [
    ['a wrong password', () => ({ REFOLD_REDIS_PASSWORD: 'wrong' }), /REFOLD_REDIS_PASSWORD/],
    ['a user without a right', () => ({}), /docs\/security\.md/],
  ];

  it.each(CASES)('is waited for with %s, which is told', async (name, wrong, wanted) => {
    const takes = name === 'a user without a right';
    if (takes) await redis.commands('ACL SETUSER refold-projector -cluster|slots');
    const service = await launchService('projector', { ...settings('projector'), ...wrong() });
    let reason = '';
    try {
      await until(
        () => `it says what to change; it says ${reason}`,
        async () => {
          reason = (await readiness(service.url))?.reasons?.['view_store'] ?? '';
          return wanted.test(reason);
        },
        60_000,
      );
      if (!takes) return;
      await redis.commands('ACL SETUSER refold-projector +cluster|slots');
      await service.ready();
    } finally {
      await service.stop();
    }
  });
});
