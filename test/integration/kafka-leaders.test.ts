import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { EventLog, LaneSender } from '@refold/pipeline';
import { describeWithBroker, describeWithCluster, Recorder, until } from '@refold/test-kit';
import { eventually, openTestLog, stranger } from './kafka-support.js';

const PARTITIONS = 3;

/** Sends one value to every partition over the lane of its leader, on a new lane after a failure. */
async function sendEverywhere(
  log: EventLog,
  lanes: Map<string, LaneSender>,
  topic: string,
  value: string,
): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const name = await log.laneOf(topic, partition);
    const lane = lanes.get(name) ?? (await log.openLane(name));
    lanes.set(name, lane);
    await lane.send([{ topic, partition, key: 'k', value }]);
  }
}

describeWithCluster('three brokers', (cluster) => {
  test('a leader that dies moves its partitions, and nobody joins the group again', async () => {
    const log = openTestLog(cluster().addresses, { sessionTimeoutMs: 10_000 });
    const topic = 'moving';
    await log.ensureTopics([{ name: topic, partitions: PARTITIONS }]);
    expect(await log.checkTopics([{ name: topic, partitions: PARTITIONS }])).toEqual([]);
    const leaders = new Set<string>();
    for (let p = 0; p < PARTITIONS; p++) leaders.add(await log.laneOf(topic, p));
    expect(leaders.size).toBeGreaterThan(1);

    const recorder = new Recorder();
    const subscription = await log.subscribe('moving', [topic], recorder);
    const lanes = new Map<string, LaneSender>();
    const rounds: string[] = [];
    const round = async (): Promise<void> => {
      const value = `round ${rounds.length}`;
      await sendEverywhere(log, lanes, topic, value);
      rounds.push(value);
    };
    const delivered = (): boolean =>
      [0, 1, 2].every((p) => recorder.values(topic, p).length >= rounds.length);

    for (let i = 0; i < 5; i++) await round();
    await until('all before', delivered);

    const dying = Number((await log.laneOf(topic, 0)).replace('broker-', ''));
    await cluster().broker(dying).kill();
    for (let i = 0; i < 20; i++) await round();
    await until('all without it', delivered);
    await eventually(
      'another lane',
      () => log.laneOf(topic, 0),
      (lane) => lane !== `broker-${dying}`,
    );

    cluster().broker(dying).restart();
    await cluster().broker(dying).ready();
    for (let i = 0; i < 5; i++) await round();
    await until('all after', delivered);

    for (let p = 0; p < PARTITIONS; p++) expect(recorder.values(topic, p)).toEqual(rounds);
    expect(recorder.breaches).toEqual([]);
    expect(recorder.stops).toEqual([]);
    expect(recorder.assignments).toHaveLength(PARTITIONS);
    const moved = recorder.batches.filter((batch) => batch.partition === 0);
    const [first, last] = [moved[0], moved.at(-1)].map((batch) => batch?.records[0]?.leaderEpoch);
    expect(last).toBeGreaterThan(first ?? Infinity);
    await subscription.close();
    for (const lane of lanes.values()) await lane.close();
    await log.close();
  }, 180_000);
});

describeWithBroker('a membership', {}, (broker) => {
  test('outlives a batch that takes three sessions', async () => {
    const log = openTestLog([broker().address], { sessionTimeoutMs: 1_000 });
    await log.ensureTopics([{ name: 'patient', partitions: 1 }]);
    const recorder = new Recorder({
      answer: async (batch) => {
        await wait(3_000);
        return batch.next;
      },
    });
    const subscription = await log.subscribe('patient', ['patient'], recorder);
    const lane = await log.openLane(await log.laneOf('patient', 0));
    await lane.send([{ topic: 'patient', partition: 0, key: 'k', value: 'slow' }]);
    await until('the batch is done', () => recorder.position('patient', 0) === 1);
    subscription.hint('patient', 0, 1);
    const admin = stranger([broker().address]).admin();
    await admin.connect();
    const committed = async () =>
      (await admin.fetchOffsets({ groupId: 'patient', topics: ['patient'] }))[0]?.partitions[0];
    await eventually('the hint of the first member', committed, (at) => at?.offset === '1');
    expect(recorder.assignments).toEqual(['patient/0']);
    expect(recorder.revocations).toEqual([]);
    await Promise.all([subscription.close(), lane.close(), admin.disconnect()]);
    await log.close();
  });

  test('that the brokers refuse for good is fatal, and says why', async () => {
    const fatal: Error[] = [];
    const log = openTestLog([broker().address], {
      sessionTimeoutMs: 500,
      fatal: (error) => fatal.push(error),
    });
    await log.ensureTopics([{ name: 'refused', partitions: 1 }]);
    const subscription = await log.subscribe('refused', ['refused'], new Recorder());
    await eventually(
      'the end',
      () => fatal,
      (errors) => errors.length > 0,
    );
    expect(fatal[0]?.message).toMatch(/group refused: membership ended: .*session timeout/i);
    await subscription.close();
    await log.close();
  });
});
