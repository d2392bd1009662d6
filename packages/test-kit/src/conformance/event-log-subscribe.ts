import { describe, expect, test } from 'vitest';
import { OffsetOutOfRange } from '@refold/pipeline';
import {
  append,
  declaredUnless,
  freshGroup,
  freshTopic,
  gate,
  numbered,
  until,
  type Lacks,
  type Subject,
} from './event-log-harness.js';
import { Recorder } from './event-log-recorder.js';

/** One member alone: delivery, positions, stops. */
export function subscribeSection(subject: Subject, lacks: Lacks): void {
  const unless = declaredUnless(lacks);
  describe('a subscription', () => {
    test('delivers every record once and in order, old and new, from where it was told', async () => {
      const { log } = subject();
      const topic = await freshTopic(log, 2);
      await append(log, topic, 0, numbered(50));
      const recorder = new Recorder({ start: (_topic, partition) => (partition === 0 ? 20 : 0) });
      const subscription = await log.subscribe(freshGroup(), [topic], recorder);
      await until('the old records', () => recorder.values(topic, 0).length >= 30);
      await append(log, topic, 0, numbered(5, 50));
      await append(log, topic, 1, ['other']);
      await until('the new records', () => recorder.values(topic, 0).length >= 35);
      await until('the other partition', () => recorder.values(topic, 1).length >= 1);
      await subscription.close();
      expect(recorder.values(topic, 0)).toEqual(numbered(35, 20));
      expect(recorder.offsets(topic, 0)).toEqual(Array.from({ length: 35 }, (_, i) => 20 + i));
      expect(recorder.values(topic, 1)).toEqual(['other']);
      expect(recorder.breaches).toEqual([]);
      expect(recorder.stops).toEqual([]);
    });

    test('goes on with the other partitions while one is slow', async () => {
      const { log } = subject();
      const topic = await freshTopic(log, 3);
      const { opened, open } = gate();
      const recorder = new Recorder({
        answer: async (batch) => {
          if (batch.partition === 0) await opened;
          return batch.next;
        },
      });
      const subscription = await log.subscribe(freshGroup(), [topic], recorder);
      await append(log, topic, 0, ['blocks']);
      await until('the slow batch runs', () => recorder.values(topic, 0).length === 1);
      for (let round = 0; round < 5; round++) {
        await append(log, topic, 0, [`waits ${round}`]);
        await append(log, topic, 1, [`passes ${round}`]);
        await append(log, topic, 2, [`passes ${round}`]);
        await until('the others go on', () => recorder.values(topic, 2).length === round + 1);
        await until('the others go on', () => recorder.values(topic, 1).length === round + 1);
      }
      expect(recorder.values(topic, 0)).toEqual(['blocks']);
      open();
      await until('the slow one goes on', () => recorder.values(topic, 0).length === 6);
      await subscription.close();
      expect(recorder.breaches).toEqual([]);
    });

    test('reads again from an earlier offset when a batch says so', async () => {
      const { log } = subject();
      const topic = await freshTopic(log);
      await append(log, topic, 0, numbered(10));
      let rewound = false;
      const recorder = new Recorder({
        answer: (batch) => {
          if (rewound || batch.next < 10) return batch.next;
          rewound = true;
          return 4;
        },
      });
      const subscription = await log.subscribe(freshGroup(), [topic], recorder);
      await until('the second pass', () => recorder.values(topic, 0).length >= 16);
      await append(log, topic, 0, ['last']);
      await until('what comes after', () => recorder.values(topic, 0).at(-1) === 'last');
      await subscription.close();
      expect(recorder.values(topic, 0)).toEqual([...numbered(10), ...numbered(6, 4), 'last']);
      expect(recorder.breaches).toEqual([]);
    });

    unless(
      'timer',
      'offers an empty batch to a partition with nothing new, and follows its answer',
      async () => {
        const { log } = subject();
        const topic = await freshTopic(log);
        await append(log, topic, 0, numbered(3));
        let offered = 0;
        const recorder = new Recorder({
          answer: (batch) => {
            if (batch.next > batch.from) return batch.next;
            offered += 1;
            return offered === 2 ? 1 : batch.next;
          },
        });
        const subscription = await log.subscribe(freshGroup(), [topic], recorder);
        await until('the records from the answer on', () => recorder.values(topic, 0).length === 5);
        await subscription.close();
        expect(recorder.values(topic, 0)).toEqual([...numbered(3), ...numbered(2, 1)]);
        expect(recorder.idle).toBe(2);
        expect(recorder.breaches).toEqual([]);
      },
    );

    test('stops only the partition whose batch is rejected, and says why', async () => {
      const { log } = subject();
      const topic = await freshTopic(log, 2);
      const recorder = new Recorder({
        answer: (batch) => {
          if (batch.partition === 0) throw new Error('cannot be folded');
          return batch.next;
        },
      });
      const subscription = await log.subscribe(freshGroup(), [topic], recorder);
      await append(log, topic, 0, ['poison']);
      await until('the stop', () => recorder.stops.length > 0);
      await append(log, topic, 0, ['behind it']);
      await append(log, topic, 1, ['elsewhere']);
      await until('the other partition', () => recorder.values(topic, 1).length === 1);
      await subscription.close();
      expect(recorder.stops).toMatchObject([
        { partition: `${topic}/0`, error: { message: 'cannot be folded' } },
      ]);
      expect(recorder.values(topic, 0)).toEqual(['poison']);
      expect(recorder.breaches).toEqual([]);
    });

    test('stops only the partition whose start is rejected or out of range', async () => {
      const { log } = subject();
      const topic = await freshTopic(log, 3);
      const recorder = new Recorder({
        start: (_topic, partition) => {
          if (partition === 0) throw new Error('no checkpoint');
          return partition === 1 ? 7 : 0;
        },
      });
      const subscription = await log.subscribe(freshGroup(), [topic], recorder);
      await append(log, topic, 1, ['unseen']);
      await append(log, topic, 2, ['seen']);
      await until('both stops', () => recorder.stops.length === 2);
      await until('the good partition', () => recorder.values(topic, 2).length === 1);
      await subscription.close();
      const stops = new Map(recorder.stops.map((stop) => [stop.partition, stop.error]));
      expect(stops.get(`${topic}/0`)?.message).toBe('no checkpoint');
      expect(stops.get(`${topic}/1`)).toBeInstanceOf(OffsetOutOfRange);
      expect(recorder.values(topic, 1)).toEqual([]);
      expect(recorder.breaches).toEqual([]);
    });

    test('that is closed delivers nothing more', async () => {
      const { log } = subject();
      const topic = await freshTopic(log);
      const recorder = new Recorder();
      const subscription = await log.subscribe(freshGroup(), [topic], recorder);
      await append(log, topic, 0, ['before']);
      await until('the record', () => recorder.values(topic, 0).length === 1);
      await subscription.close();
      await append(log, topic, 0, ['after']);
      const witness = new Recorder();
      const other = await log.subscribe(freshGroup(), [topic], witness);
      await until('a witness has seen it', () => witness.values(topic, 0).length === 2);
      await other.close();
      expect(recorder.values(topic, 0)).toEqual(['before']);
      expect(recorder.holds()).toEqual([]);
    });

    unless('bounded close', 'closes within ten seconds while a batch hangs', async () => {
      const { log } = subject();
      const topic = await freshTopic(log);
      const { opened, open } = gate();
      const recorder = new Recorder({ answer: async ({ next }) => opened.then(() => next) });
      const subscription = await log.subscribe(freshGroup(), [topic], recorder);
      await append(log, topic, 0, ['hangs']);
      await until('the batch runs', () => recorder.batches.length === 1);
      const began = performance.now();
      await subscription.close();
      expect(performance.now() - began).toBeLessThan(10_000);
      open();
    });
  });
}
