import type { RunReply } from '@refold/contracts';
import { Authority, describeWithSecuredKafka, SecuredRedis } from '@refold/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, post } from './support/api.js';
import {
  blocksOf,
  createTopics,
  launchService,
  passwordOf,
  ROLES,
  runAclLines,
  settingsOf,
} from './support/secured-installation.js';
import { linesOf, refusalsOf } from './support/log-lines.js';
import { until } from './support/until.js';

/** A dozen of the stock tools are run, each a JVM of its own. */
const SETUP_BOUND_MS = 600_000;

let authority: Authority;

const options = async () => {
  authority = await Authority.create('Refold test authority');
  const plainUsers = Object.fromEntries(ROLES.map((role) => [`refold-${role}`, passwordOf(role)]));
  return { authority, plainUsers };
};

describeWithSecuredKafka('Kafka and Redis that deny by default', options, (kafka) => {
  let redis: SecuredRedis;

  beforeAll(async () => {
    redis = await SecuredRedis.start(authority);
    for (const lines of await blocksOf('redis-acl')) await redis.commands(lines);
    const acls = await blocksOf('sh kafka-acls');
    const named = acls.map((lines) => /User:refold-(\w+)/.exec(lines)?.[1]);
    expect(new Set(named)).toEqual(new Set(ROLES));
    await runAclLines(acls.join(''), kafka().broker.address);
    for (const role of ['ingest', 'projector', 'read', 'operations'] as const) {
      await kafka().setPasswords(`refold-${role}`, { 'SCRAM-SHA-512': passwordOf(role) });
    }
    await createTopics(kafka());
  }, SETUP_BOUND_MS);

  afterAll(async () => {
    await redis.stop();
    await authority.remove();
  });

  it('are worked with from end to end by users that have the documented rights alone', async () => {
    const [ingest, projector, read, operator] = await Promise.all([
      launchService('ingest-api', settingsOf('ingest', authority, kafka(), redis)),
      launchService('projector', settingsOf('projector', authority, kafka(), redis)),
      launchService('read-api', settingsOf('read', authority, kafka(), redis)),
      launchService('operator-api', settingsOf('operations', authority, kafka(), redis)),
    ]);
    try {
      await Promise.all([ingest, projector, read, operator].map((one) => one.ready()));
      expect((await post(ingest.url, '/runs', { run_id: 'r-1' })).status).toBe(201);
      const run = await ask<{ run: RunReply }>(read.url, '/runs/r-1');
      expect([run.status, run.body.run.last_seq]).toEqual([200, 1]);
      const events = await ask<{ events: unknown[] }>(read.url, '/runs/r-1/events');
      expect([events.status, events.body.events]).toEqual([200, [expect.anything()]]);
      expect((await ask(read.url, '/runs')).status).toBe(200);
      const rewind = {
        verb: 'rewind',
        projection: 'runs',
        arguments: { target: 'run', subject: 'run/r-1' },
      };
      const planned = await post(operator.url, '/operations', rewind);
      expect(planned.status).toBe(201);
      const path = `/operations/${(planned.body as { operation_id: string }).operation_id}`;
      expect((await post(operator.url, `${path}/execute`, {})).status).toBe(200);
      await until(
        () => 'the operation is done',
        async () => (await ask<{ status: string }>(operator.url, path)).body.status === 'done',
      );
      for (const one of [ingest, projector, read, operator]) {
        // A slow machine may warn of what passes: a group without its coordinator yet, a late answer.
        const failed = linesOf(one).filter(({ level }) => ['error', 'fatal'].includes(level));
        const told = [...refusalsOf(one), ...failed.map((line) => JSON.stringify(line))];
        expect(told, told.join('\n')).toEqual([]);
      }
    } finally {
      await Promise.all([ingest, projector, read, operator].map((one) => one.stop()));
    }
  });
});
