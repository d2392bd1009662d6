import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { describeWithBroker, Recorder, until } from '@refold/test-kit';
import { eventually, openTestLog } from './kafka-support.js';

const ABSENCE_MS = 15_000;

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `value ${from + i}`);

describeWithBroker('a broker that goes away', { registration: 'default' }, (broker) => {
  test('for 15 s, killed, is ridden out by a lane and a subscription', async () => {
    const warnings: string[] = [];
    const log = openTestLog([broker().address], {
      sendTimeoutMs: 90_000,
      logger: (level, message) => {
        if (level === 'warn') warnings.push(message);
      },
    });
    await log.ensureTopics([{ name: 'absence', partitions: 1 }]);
    const recorder = new Recorder();
    const subscription = await log.subscribe('absence', ['absence'], recorder);
    const lane = await log.openLane(await log.laneOf('absence', 0));
    const send = (from: number, to: number) =>
      lane.send(
        numbered(from, to).map((value) => ({ topic: 'absence', partition: 0, key: 'k', value })),
      );
    await send(0, 10);
    await until('the first records', () => recorder.values('absence', 0).length === 10);

    await broker().kill();
    const outstanding = send(10, 20);
    expect(await log.ping()).not.toBeNull();
    await wait(ABSENCE_MS);
    broker().restart();
    expect((await outstanding).map((landed) => landed.offset)).toEqual(
      Array.from({ length: 10 }, (_, i) => 10 + i),
    );
    await send(20, 30);
    await until('the records after it', () => recorder.values('absence', 0).length >= 30);
    expect(recorder.values('absence', 0)).toEqual(numbered(0, 30));
    // The broker may have given the member up: then it takes the partition over anew.
    expect(recorder.assignments).toHaveLength(recorder.revocations.length + 1);
    expect(recorder.breaches).toEqual([]);
    expect(recorder.stops).toEqual([]);
    expect(warnings).toContain('kafka fetch is interrupted and tried again');
    expect(await log.ping()).toBeNull();

    // The membership comes back too: a second member gets nothing while the first holds it.
    const second = new Recorder({ start: () => 30 });
    const other = await log.subscribe('absence', ['absence'], second);
    await subscription.close();
    await eventually(
      'the second member takes over',
      () => second.holds(),
      (held) => held.length === 1,
    );
    await other.close();
    await lane.close();
    await log.close();
  }, 180_000);

  test('by freezing, is noticed: nothing waits for ever', async () => {
    const bounds = { callTimeoutMs: 1_500, sendTimeoutMs: 3_000 };
    const log = openTestLog([broker().address], bounds);
    await log.ensureTopics([{ name: 'frozen', partitions: 1 }]);
    const recorder = new Recorder();
    const subscription = await log.subscribe('frozen', ['frozen'], recorder);
    const lane = await log.openLane(await log.laneOf('frozen', 0));
    const record = (value: string) => [{ topic: 'frozen', partition: 0, key: 'k', value }];
    await lane.send(record('before'));
    broker().freeze();
    try {
      expect(await log.ping()).toMatch(/no answer/);
      const refusal = await lane.send(record('meanwhile')).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ name: 'Error' });
      expect(String(refusal)).toMatch(/outcome is unknown/);
      await expect(lane.send(record('again'))).rejects.toThrow(/has failed/);
      await expect(log.range('frozen', 0)).rejects.toThrow();
      const closed = Promise.all([subscription.close(), lane.close()]).then(() => log.close());
      // Timers of one process come in order, however slow the machine is.
      await Promise.race([closed, wait(10_000).then(() => expect.fail('still closing'))]);
    } finally {
      broker().thaw();
    }
  }, 60_000);
});
