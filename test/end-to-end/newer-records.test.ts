/** A record that is newer than its projector stops its partition, and says what to deploy. */
import type { PendingReply, ReceiptStatusReply } from '@refold/contracts';
import { describeWithKafka, useRedis } from '@refold/test-kit';
import type { KafkaBackend, RedisBackend } from '@refold/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { post, read, readiness } from './support/api.js';
import { homeOf, lettersOf, value } from './support/hostile-records.js';
import { openInstallation, startService } from './support/installation.js';
import { until } from './support/until.js';

describeWithKafka('a record that is newer than its projector', (kafka: () => KafkaBackend) => {
  let redis: RedisBackend;

  beforeAll(async () => {
    redis = await useRedis();
  });

  afterAll(() => redis.stop());

  it.each<[string, string, RegExp]>([
    ['envelope', '{"refoldversion":2}', /envelope version 2.*Deploy a build that does/],
    [
      'schema',
      value('newer', { schemaversion: 2 }),
      /run\.started version 2.*Deploy a build that does/,
    ],
  ])('by its %s stops its partition and no other', async (_what, text, reason) => {
    const { log, runs, ...installation } = await openInstallation(kafka(), redis);
    const service = await startService({ log, runs, ...installation }, 'standalone');
    const partition = homeOf('newer');
    const lane = await log.openLane(await log.laneOf(runs.topic, partition));
    await lane.send([{ topic: runs.topic, partition, key: 'newer', value: text }]);
    await lane.close();
    await until(
      () => 'the partition stops',
      async () => (await readiness(service.url))?.status === 'not_ready',
    );
    const reasons = Object.values((await readiness(service.url))?.reasons ?? {}).join();
    expect(reasons).toMatch(reason);
    expect(reasons).toContain(`partition ${partition} stopped`);

    const answers: number[] = [];
    for (let n = 0; n < 8; n++) {
      const runId = `beside-${n}`;
      const isStopped = homeOf(runId) === partition;
      const headers: Record<string, string> = isStopped ? { prefer: 'wait=1' } : {};
      const answer = await post<PendingReply>(service.url, '/runs', { run_id: runId }, headers);
      expect([runId, answer.status]).toEqual([runId, isStopped ? 202 : 201]);
      answers.push(answer.status);
      if (!isStopped) continue;
      const path = `/receipts/${answer.body.receipt}`;
      expect((await read<ReceiptStatusReply>(service.url, path)).body.state).toBe('pending');
    }
    expect(new Set(answers)).toEqual(new Set([201, 202]));
    expect(await lettersOf(service.url)).toEqual([]);
    expect(await service.answers('/healthz')).toBe(true);
    await service.stop();
    await installation.close();
  });
});
