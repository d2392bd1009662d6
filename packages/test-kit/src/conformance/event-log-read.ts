import { describe, expect, test } from 'vitest';
import { OffsetOutOfRange } from '@refold/pipeline';
import {
  append,
  declaredUnless,
  freshTopic,
  numbered,
  readAll,
  until,
  type Lacks,
  type Subject,
} from './event-log-harness.js';
import { Recorder } from './event-log-recorder.js';

/** Reads without a group: bounded, exact at both ends, past holes. */
export function readSection(subject: Subject, lacks: Lacks): void {
  const unless = declaredUnless(lacks);
  describe('a read', () => {
    test('of an empty partition is the end', async () => {
      const { log } = subject();
      const topic = await freshTopic(log);
      expect(await log.range(topic, 0)).toEqual({ start: 0, end: 0 });
      const batch = await log.read(topic, 0, 0);
      expect(batch).toEqual({ topic, partition: 0, from: 0, records: [], next: 0, end: 0 });
    });

    test('begins at exactly the offset that was asked for, within what one send wrote', async () => {
      const { log } = subject();
      const topic = await freshTopic(log);
      await append(log, topic, 0, numbered(10));
      const batch = await log.read(topic, 0, 7);
      expect(batch.from).toBe(7);
      expect(batch.records.map((record) => record.offset)).toEqual([7, 8, 9]);
      expect(batch).toMatchObject({ next: 10, end: 10 });
    });

    test('is bounded, and reads from next to next cover everything once', async () => {
      const { log } = subject();
      const topic = await freshTopic(log);
      const values = numbered(40).map((value) => value.padEnd(1_000, '.'));
      for (let i = 0; i < values.length; i += 4) {
        await append(log, topic, 0, values.slice(i, i + 4));
      }
      const all = await readAll(log, topic, 0, 0, 8_000);
      expect(all.values).toEqual(values);
      expect(all.reads).toBeGreaterThan(2);
    });

    test('returns a record that is larger than its bound', async () => {
      const { log } = subject();
      const topic = await freshTopic(log);
      const large = 'x'.repeat(50_000);
      await append(log, topic, 0, [large]);
      await append(log, topic, 0, ['small']);
      expect((await readAll(log, topic, 0, 0, 1_000)).values).toEqual([large, 'small']);
    });

    test('past the end or below zero is out of range, with the range in the error', async () => {
      const { log } = subject();
      const topic = await freshTopic(log);
      await append(log, topic, 0, numbered(2));
      for (const offset of [3, 1_000, -1]) {
        const error = await log.read(topic, 0, offset).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(OffsetOutOfRange);
        expect(error).toMatchObject({ range: { start: 0, end: 2 } });
      }
      expect((await log.read(topic, 0, 2)).next).toBe(2);
    });

    test('below the start of a log that was truncated is out of range', async () => {
      const { log } = subject();
      const topic = await freshTopic(log);
      await append(log, topic, 0, numbered(5));
      await log.truncate(topic, 0, 3);
      expect(await log.range(topic, 0)).toEqual({ start: 3, end: 5 });
      await expect(log.read(topic, 0, 2)).rejects.toBeInstanceOf(OffsetOutOfRange);
      expect((await readAll(log, topic, 0, 3)).values).toEqual(numbered(2, 3));
    });

    test('of a log that was truncated goes on where it was, up to its end and no further', async () => {
      const { log } = subject();
      const topic = await freshTopic(log, 2);
      await append(log, topic, 0, numbered(4));
      await append(log, topic, 1, numbered(2));
      await log.truncate(topic, 0, 2);
      await log.truncate(topic, 0, 1);
      expect(await log.range(topic, 0)).toEqual({ start: 2, end: 4 });
      await expect(log.truncate(topic, 0, 5)).rejects.toBeInstanceOf(OffsetOutOfRange);
      expect((await readAll(log, topic, 0, 2)).values).toEqual(numbered(2, 2));
      await log.truncate(topic, 0, 4);
      expect(await log.range(topic, 0)).toEqual({ start: 4, end: 4 });
      const [landed] = await append(log, topic, 0, ['next']);
      expect(landed?.offset).toBe(4);
      expect((await readAll(log, topic, 0, 4)).values).toEqual(['next']);
      expect((await readAll(log, topic, 1, 0)).values).toEqual(numbered(2));
    });

    unless('holes', 'passes holes, and a hole at the end is passed without records', async () => {
      const { log, appendHole } = subject();
      if (!appendHole) throw new Error('the log under test offers no appendHole');
      const topic = await freshTopic(log);
      await append(log, topic, 0, ['a']);
      await appendHole(topic, 0);
      await append(log, topic, 0, ['b']);
      await appendHole(topic, 0);
      const { end } = await log.range(topic, 0);
      const { values, offsets } = await readAll(log, topic, 0, 0);
      expect(values.filter((value) => value === 'a' || value === 'b')).toEqual(['a', 'b']);
      expect(end).toBeGreaterThan((offsets.at(-1) ?? 0) + 1);
      const hole = await log.read(topic, 0, end - 1);
      expect(hole).toMatchObject({ records: [], next: end, end });
    });

    unless('holes', 'of a subscription passes holes too, and ends at the end', async () => {
      const { log, appendHole } = subject();
      if (!appendHole) throw new Error('the log under test offers no appendHole');
      const topic = await freshTopic(log);
      await append(log, topic, 0, ['a']);
      await appendHole(topic, 0);
      const { end } = await log.range(topic, 0);
      const recorder = new Recorder();
      const subscription = await log.subscribe(`${topic}.group`, [topic], recorder);
      await until('the hole is passed', () => recorder.position(topic, 0) === end);
      await subscription.close();
      expect(recorder.breaches).toEqual([]);
    });
  });

  unless('restart', 'a restart keeps everything that was acknowledged', async (context) => {
    const { log, restart } = subject();
    if (!restart) return context.skip('an installation that others run is not restarted');
    const topic = await freshTopic(log);
    await append(log, topic, 0, numbered(100));
    const again = await restart();
    subject().log = again;
    expect(await again.range(topic, 0)).toEqual({ start: 0, end: 100 });
    expect((await readAll(again, topic, 0, 0)).values).toEqual(numbered(100));
    expect((await append(again, topic, 0, ['next']))[0]?.offset).toBe(100);
  });
}
