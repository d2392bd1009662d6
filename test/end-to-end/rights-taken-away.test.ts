import { Authority, describeWithSecuredKafka, SecuredRedis } from '@refold/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AckedWriter } from './support/acked-writer.js';
import { readiness } from './support/api.js';
import type { Installation } from './support/installation.js';
import { kafkaRightsOf, KafkaRights, type KafkaRight } from './support/kafka-rights.js';
import { linesOf, pidOf } from './support/log-lines.js';
import {
  blocksOf,
  createTopics,
  launchService,
  passwordOf,
  ROLES,
  settingsOf,
} from './support/secured-installation.js';
import type { ServiceProcess } from './support/service-process.js';
import { openForTest, TESTER_ACL } from './support/tester.js';
import { until } from './support/until.js';
import { expectEquality } from './support/verify.js';

let authority: Authority;

const options = async () => {
  authority = await Authority.create('Refold test authority');
  const plainUsers = Object.fromEntries(ROLES.map((role) => [`refold-${role}`, passwordOf(role)]));
  return { authority, plainUsers };
};

/** The page to read stands in every reason. */
const PAGE = /docs\/security\.md/;

describeWithSecuredKafka('A right that is taken away under load', options, (kafka) => {
  let redis: SecuredRedis;
  let rights: KafkaRights;
  let documented: KafkaRight[];
  let ingest: ServiceProcess;
  let projector: ServiceProcess;
  let installation: Installation;
  let writer: AckedWriter;
  let written: Promise<void>;
  let enough = false;

  beforeAll(async () => {
    redis = await SecuredRedis.start(authority);
    for (const lines of await blocksOf('redis-acl')) await redis.commands(lines);
    await redis.commands(TESTER_ACL);
    documented = kafkaRightsOf((await blocksOf('sh kafka-acls')).join(''));
    rights = await KafkaRights.open([kafka().broker.address]);
    await rights.give(...documented);
    await createTopics(kafka());
    installation = await openForTest(kafka().broker.address, { url: redis.server.url });
    const plain = { REFOLD_KAFKA_SASL_MECHANISM: 'plain', REFOLD_WAIT_MS: '500' };
    [ingest, projector] = await Promise.all([
      launchService('ingest-api', { ...settingsOf('ingest', authority, kafka(), redis), ...plain }),
      launchService('projector', {
        ...settingsOf('projector', authority, kafka(), redis),
        REFOLD_KAFKA_SASL_MECHANISM: 'plain',
      }),
    ]);
    await Promise.all([ingest.ready(), projector.ready()]);
    writer = new AckedWriter({
      url: () => ingest.url,
      eventsPerRun: 5,
      concurrency: 4,
      prefix: 'right',
      giveUpMs: 120_000,
      pauseMs: 20,
    });
    written = writer.write(() => enough);
    written.catch(() => undefined);
    await writer.more(20);
  }, 180_000);

  afterAll(async () => {
    enough = true;
    await Promise.all([ingest.stop(), projector.stop()]);
    await rights.close();
    await installation.close();
    await redis.stop();
    await authority.remove();
  });

  const rightOf = (wanted: Partial<KafkaRight>): KafkaRight => {
    const found = documented.filter((right) =>
      Object.entries(wanted).every(
        ([member, value]) => right[member as keyof KafkaRight] === value,
      ),
    );
    expect(found).toHaveLength(1);
    return found[0] as KafkaRight;
  };

  const metricOf = async (service: ServiceProcess, kind: string): Promise<string | undefined> => {
    const page = await (await fetch(`${service.url}/metrics`)).text();
    return new RegExp(`^refold_backend_away\\{.*kind="${kind}".*\\} (\\d)$`, 'm').exec(page)?.[1];
  };

  /** Waits until the service says so by readiness, log and metric, and is ready again after `give`. */
  async function toldAndMended(
    service: ServiceProcess,
    backend: 'event_log' | 'view_store',
    reason: RegExp,
    give: () => Promise<void>,
  ): Promise<void> {
    const pid = pidOf(service);
    let said = '';
    await until(
      () => `${backend} is told by ${String(reason)}; it says ${said}`,
      async () => {
        said = (await readiness(service.url))?.reasons?.[backend] ?? '';
        return reason.test(said);
      },
    );
    expect(said).toMatch(PAGE);
    await until(
      () => 'the metric says so',
      async () => (await metricOf(service, backend)) === '1',
    );
    const warned = linesOf(service).filter(({ level }) => level === 'warn');
    expect(warned.some((line) => reason.test(String(line['reason'])))).toBe(true);
    await give();
    await until(
      () => `${service.spec.service} is ready again`,
      () => service.answers('/readyz'),
    );
    await writer.more(20);
    expect(await metricOf(service, backend)).toBe('0');
    expect([service.alive, pidOf(service)]).toEqual([true, pid]);
  }

  describe('at Kafka', () => {
    it.each([
      [
        'reading the topic',
        { operation: 'Read', name: 'refold.runs' },
        /refold\.runs.*not allowed/,
      ],
      [
        'being a member of the group',
        { operation: 'Read', name: 'refold.runs.projector' },
        /group refold\.runs\.projector.*not allowed/,
      ],
    ] as const)('%s: the projector waits, says so, and goes on', async (_, wanted, reason) => {
      const right = rightOf({ user: 'refold-projector', ...wanted });
      await rights.take(right);
      await toldAndMended(projector, 'event_log', reason, () => rights.give(right));
    });

    it('writing the topic: the ingest API answers 503 with the reason, and goes on', async () => {
      const right = rightOf({ user: 'refold-ingest', operation: 'Write', name: 'refold.runs' });
      await rights.take(right);
      await until(
        () => `503 log_unavailable; so far ${JSON.stringify([...writer.retried])}`,
        () => writer.retried.has('503 log_unavailable'),
      );
      await toldAndMended(ingest, 'event_log', /refold\.runs.*not allowed/, () =>
        rights.give(right),
      );
    });
  });

  describe('at Redis', () => {
    const change = async (user: string, ...rules: string[]): Promise<void> => {
      await redis.command('acl', 'setuser', user, ...rules);
    };

    // The last two are refused inside a script, where nothing that was written is taken back.
    it.each(['evalsha', 'mget', 'publish', 'zadd'])(
      '%s: the projector waits, says so, and goes on',
      async (command) => {
        await change('refold-projector', `-${command}`);
        const give = () => change('refold-projector', `+${command}`);
        await toldAndMended(projector, 'view_store', /NOPERM/, give);
      },
    );

    it('keys: the projector waits, says so, and goes on', async () => {
      await change('refold-projector', 'resetkeys');
      const give = () => change('refold-projector', '~refold:*');
      await toldAndMended(projector, 'view_store', /NOPERM/, give);
    });

    it('channels: the ingest API reads verdicts from the store, says so, and hears them again', async () => {
      const said = (what: string): boolean => linesOf(ingest).some(({ msg }) => msg === what);
      await change('refold-ingest', 'resetchannels');
      await until(
        () => 'the log says so',
        () => said('the store refuses messages'),
      );
      await writer.more(20);
      await change('refold-ingest', '&refold:*');
      await until(
        () => 'the log says that it is over',
        () => said('the store lets messages through again'),
      );
      await writer.more(20);
    });
  });

  it('loses, doubles and skips nothing', async () => {
    enough = true;
    await written;
    await expectEquality(installation, writer.acknowledged, writer.runIds);
    expect(linesOf(projector).filter(({ level }) => ['error', 'fatal'].includes(level))).toEqual(
      [],
    );
  });
});
