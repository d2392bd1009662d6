import { describe, expect, test } from 'vitest';
import { AppendRefused } from '@refold/pipeline';
import {
  append,
  freshTopic,
  numbered,
  readAll,
  recordsOf,
  type Subject,
} from './event-log-harness.js';

const OVERSIZED = 2 * 1_048_576;

/** Topics and lanes: what is acknowledged stands on the log, where and in the order it was said to. */
export function appendSection(subject: Subject): void {
  describe('topics', () => {
    test('are created once, with their partitions, and not changed by a second call', async () => {
      const { log } = subject();
      const name = await freshTopic(log, 3);
      expect(await log.partitions(name)).toBe(3);
      expect(await log.ensureTopics([{ name, partitions: 5 }])).toEqual([]);
      expect(await log.partitions(name)).toBe(3);
    });

    test('that are as they should be have no fault; missing and repartitioned ones have', async () => {
      const { log } = subject();
      const name = await freshTopic(log, 2);
      expect(await log.checkTopics([{ name, partitions: 2 }])).toEqual([]);
      const missing = `${name}.missing`;
      const faults = await log.checkTopics([
        { name, partitions: 4 },
        { name: missing, partitions: 1 },
      ]);
      expect(faults.map((fault) => fault.topic)).toEqual([name, missing]);
      expect(faults[0]?.fault).toMatch(/2.*4|4.*2/);
    });

    test('that do not exist have no partitions, no range and no lane', async () => {
      const { log } = subject();
      const missing = `${await freshTopic(log)}.missing`;
      await expect(log.partitions(missing)).rejects.toThrow(missing);
      await expect(log.range(missing, 0)).rejects.toThrow();
      await expect(log.laneOf(missing, 0)).rejects.toThrow();
    });
  });

  describe('a lane', () => {
    test('answers one offset per record, contiguous within each partition', async () => {
      const { log } = subject();
      const topic = await freshTopic(log, 1);
      const first = await append(log, topic, 0, numbered(3));
      const second = await append(log, topic, 0, numbered(2, 3));
      expect([...first, ...second].map((landed) => landed.offset)).toEqual([0, 1, 2, 3, 4]);
      expect((await readAll(log, topic, 0, 0)).values).toEqual(numbered(5));
    });

    test('keeps the order of each partition when one send goes to several', async () => {
      const { log } = subject();
      const topic = await freshTopic(log, 8);
      const name = await log.laneOf(topic, 0);
      const mine: number[] = [];
      for (let p = 0; p < 8; p++) if ((await log.laneOf(topic, p)) === name) mine.push(p);
      const records = numbered(30).flatMap((value, i) =>
        recordsOf(topic, mine[i % mine.length] ?? 0, [value]),
      );
      const lane = await log.openLane(name);
      const landed = await lane.send(records);
      await lane.close();
      expect(landed).toHaveLength(records.length);
      for (const partition of mine) {
        const { offsets, values } = await readAll(log, topic, partition, 0);
        const sent = records.flatMap((record, i) =>
          record.partition === partition ? [[landed[i]?.offset, record.value]] : [],
        );
        expect(offsets.map((offset, i) => [offset, values[i]])).toEqual(sent);
      }
    });

    test('has what it acknowledged on the log, with the key, the value and the append time', async () => {
      const { log } = subject();
      const topic = await freshTopic(log);
      const lane = await log.openLane(await log.laneOf(topic, 0));
      const value = '{"text":"größer als ✓ 𝄞"}';
      const [landed] = await lane.send([{ topic, partition: 0, key: 'rün-1', value }]);
      expect((await log.range(topic, 0)).end).toBe(1);
      const { records } = await log.read(topic, 0, 0);
      expect(records).toHaveLength(1);
      expect(records[0]).toMatchObject({ offset: 0, key: 'rün-1', value });
      expect(records[0]?.unfit).toBeUndefined();
      expect(records[0]?.timestamp).toBe(landed?.timestamp);
      await lane.close();
    });

    test('throws at a second send while one is outstanding, and completes the first', async () => {
      const { log } = subject();
      const topic = await freshTopic(log);
      const lane = await log.openLane(await log.laneOf(topic, 0));
      const first = lane.send(recordsOf(topic, 0, ['first']));
      await expect(lane.send(recordsOf(topic, 0, ['second']))).rejects.toThrow(/outstanding/);
      expect(await first).toHaveLength(1);
      expect((await readAll(log, topic, 0, 0)).values).toEqual(['first']);
      await lane.close();
    });

    test('refuses an oversized record, and nothing of it is stored', async () => {
      const { log, oversized = OVERSIZED } = subject();
      const topic = await freshTopic(log);
      await append(log, topic, 0, ['before']);
      const refusal = await append(log, topic, 0, ['x'.repeat(oversized)]).catch(
        (error: unknown) => error,
      );
      expect(refusal).toBeInstanceOf(AppendRefused);
      expect(refusal).toMatchObject({ reason: 'too_large' });
      expect((await log.range(topic, 0)).end).toBe(1);
      await append(log, topic, 0, ['after']);
      expect((await readAll(log, topic, 0, 0)).values).toEqual(['before', 'after']);
    });

    test('refuses a topic that does not exist', async () => {
      const { log } = subject();
      const topic = await freshTopic(log);
      const lane = await log.openLane(await log.laneOf(topic, 0));
      const refusal = lane.send(recordsOf(`${topic}.missing`, 0, ['lost']));
      await expect(refusal).rejects.toMatchObject({
        name: 'AppendRefused',
        reason: 'unknown_topic',
      });
      await lane.close();
    });

    test('that is closed takes nothing', async () => {
      const { log } = subject();
      const topic = await freshTopic(log);
      const lane = await log.openLane(await log.laneOf(topic, 0));
      await lane.close();
      await expect(lane.send(recordsOf(topic, 0, ['late']))).rejects.toThrow();
      expect((await log.range(topic, 0)).end).toBe(0);
    });
  });
}
