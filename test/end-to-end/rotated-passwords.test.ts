import { Authority, describeWithSecuredKafka, SecuredRedis } from '@refold/test-kit';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AckedWriter } from './support/acked-writer.js';
import { readiness } from './support/api.js';
import type { Installation } from './support/installation.js';
import { kafkaRightsOf, KafkaRights } from './support/kafka-rights.js';
import { linesOf, refusalsOf } from './support/log-lines.js';
import {
  blocksOf,
  createTopics,
  launchService,
  passwordOf,
  settingsOf,
} from './support/secured-installation.js';
import type { ServiceProcess } from './support/service-process.js';
import { openForTest, TESTER_ACL } from './support/tester.js';
import { until } from './support/until.js';
import { expectEquality } from './support/verify.js';

/** Some runs of a stock tool, each a JVM of its own. */
const BOUND_MS = 300_000;

const WRITERS = ['ingest', 'projector'] as const;
type Writer = (typeof WRITERS)[number];

let authority: Authority;

const options = async () => {
  authority = await Authority.create('Refold test authority');
  return { authority };
};

describeWithSecuredKafka('Passwords that are replaced under load', options, (kafka) => {
  let redis: SecuredRedis;
  let rights: KafkaRights;
  let installation: Installation;
  let services: Record<Writer, ServiceProcess>;
  let writer: AckedWriter;
  let written: Promise<void>;
  let enough = false;

  const fileOf = (role: Writer, backend: string): string =>
    join(authority.folder, `${role}-${backend}.password`);

  /** Puts the passwords where the process reads them when it starts. */
  async function write(role: Writer, atKafka: string, atRedis: string): Promise<void> {
    await writeFile(fileOf(role, 'kafka'), `${atKafka}\n`);
    await writeFile(fileOf(role, 'redis'), `${atRedis}\n`);
  }

  /** What a process of this role is told, its passwords by files. */
  function toldOf(role: Writer): Record<string, string> {
    const told = settingsOf(role, authority, kafka(), redis);
    delete told['REFOLD_KAFKA_SASL_PASSWORD'];
    delete told['REFOLD_REDIS_PASSWORD'];
    return {
      ...told,
      REFOLD_KAFKA_SASL_MECHANISM: 'scram-sha-256',
      REFOLD_KAFKA_SASL_PASSWORD_FILE: fileOf(role, 'kafka'),
      REFOLD_REDIS_PASSWORD_FILE: fileOf(role, 'redis'),
    };
  }

  const changeAtRedis = async (role: Writer, rule: string): Promise<void> => {
    await redis.command('acl', 'setuser', `refold-${role}`, rule);
  };

  /** Starts every process anew, one after the other, and goes on writing after each. */
  async function restartAll(changed: Record<string, string> = {}): Promise<void> {
    for (const role of WRITERS) {
      await services[role].restart(changed);
      await services[role].ready();
      await writer.more(20);
    }
  }

  beforeAll(async () => {
    redis = await SecuredRedis.start(authority);
    for (const lines of await blocksOf('redis-acl')) await redis.commands(lines);
    await redis.commands(TESTER_ACL);
    rights = await KafkaRights.open([kafka().broker.address]);
    await rights.give(...kafkaRightsOf((await blocksOf('sh kafka-acls')).join('')));
    await createTopics(kafka());
    installation = await openForTest(kafka().broker.address, { url: redis.server.url });
    for (const role of WRITERS) {
      await kafka().setPasswords(`refold-${role}`, { 'SCRAM-SHA-256': 'first' });
      await write(role, 'first', passwordOf(role));
    }
    const [ingest, projector] = await Promise.all([
      launchService('ingest-api', toldOf('ingest')),
      launchService('projector', toldOf('projector')),
    ]);
    services = { ingest, projector };
    await Promise.all([ingest.ready(), projector.ready()]);
    writer = new AckedWriter({
      url: () => ingest.url,
      eventsPerRun: 5,
      concurrency: 4,
      prefix: 'rotated',
      giveUpMs: BOUND_MS,
      pauseMs: 20,
    });
    written = writer.write(() => enough);
    written.catch(() => undefined);
    await writer.more(20);
  }, BOUND_MS);

  afterAll(async () => {
    enough = true;
    await Promise.all(WRITERS.map((role) => services[role].stop()));
    await installation.close();
    await rights.close();
    await redis.stop();
    await authority.remove();
  });

  it(
    'are both good until the last process was started anew, so that nobody is refused',
    async () => {
      for (const role of WRITERS) {
        await kafka().setPasswords(`refold-${role}`, { 'SCRAM-SHA-512': 'second' });
        await changeAtRedis(role, '>second');
      }
      // Whoever starts meanwhile for another reason has the first ones still.
      await restartAll();
      for (const role of WRITERS) await write(role, 'second', 'second');
      await restartAll({ REFOLD_KAFKA_SASL_MECHANISM: 'scram-sha-512' });
      for (const role of WRITERS) {
        await kafka().dropPassword(`refold-${role}`, 'SCRAM-SHA-256');
        await changeAtRedis(role, `<${passwordOf(role)}`);
      }
      await writer.more(20);
      for (const role of WRITERS) expect(refusalsOf(services[role])).toEqual([]);
    },
    BOUND_MS,
  );

  it(
    'are waited for by a process that still has the old ones, and wrong ones lose nothing',
    async () => {
      const { projector } = services;
      await write('projector', 'first', 'second');
      await projector.restart();
      await untilTold('event_log', /REFOLD_KAFKA_SASL_PASSWORD/);
      await write('projector', 'second', passwordOf('projector'));
      await projector.restart();
      await untilTold('view_store', /REFOLD_REDIS_PASSWORD/);
      await write('projector', 'second', 'second');
      await projector.restart();
      await projector.ready();
      await writer.more(20);
    },
    BOUND_MS,
  );

  async function untilTold(backend: 'event_log' | 'view_store', reason: RegExp): Promise<void> {
    const { projector } = services;
    let said = '';
    await until(
      () => `${backend} is told by ${String(reason)}; it says ${said}`,
      async () => {
        said = (await readiness(projector.url))?.reasons?.[backend] ?? '';
        return reason.test(said);
      },
      60_000,
    );
    expect(projector.alive).toBe(true);
  }

  it('lose, double and skip nothing', async () => {
    enough = true;
    await written;
    await expectEquality(installation, writer.acknowledged, writer.runIds);
    for (const role of WRITERS) {
      const failed = linesOf(services[role]).filter(({ level }) => level === 'error');
      expect(failed).toEqual([]);
    }
  });
});
