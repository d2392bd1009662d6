import { describe, expect, test } from 'vitest';
import type { EventLog, LogRecord } from '@refold/pipeline';
import {
  append,
  declaredUnless,
  freshTopic,
  numbered,
  type Lacks,
  type Subject,
} from './event-log-harness.js';

const BASE_MS = 1_700_000_000_000;

/** Later than any record of the suite, and than the clock of any broker. */
const FAR_MS = 4_000_000_000_000;

async function everyRecord(log: EventLog, topic: string): Promise<LogRecord[]> {
  const all: LogRecord[] = [];
  let at = (await log.range(topic, 0)).start;
  for (let end = -1; at !== end;) {
    const batch = await log.read(topic, 0, at);
    all.push(...batch.records);
    end = batch.end;
    at = batch.next;
  }
  return all;
}

/** Where to read from to see everything since a time. */
export function timesSection(subject: Subject, lacks: Lacks): void {
  const unless = declaredUnless(lacks);
  const timed = async (...times: readonly number[]): Promise<string> => {
    const { log, timedTopic = () => freshTopic(log), appendAt } = subject();
    const topic = await timedTopic();
    for (const [i, time] of times.entries()) {
      await appendAt(topic, 0, `value ${i}`, BASE_MS + time);
    }
    return topic;
  };

  describe('the offset for a time', () => {
    test('is the end of an empty partition', async () => {
      const { log } = subject();
      const topic = await freshTopic(log);
      expect(await log.offsetForTime(topic, 0, 0)).toBe(0);
      expect(await log.offsetForTime(topic, 0, FAR_MS)).toBe(0);
    });

    test('is the start for a time before everything, and the end for one after it', async () => {
      const { log } = subject();
      const topic = await freshTopic(log, 2);
      const landed = await append(log, topic, 1, numbered(3));
      const first = landed[0]?.timestamp ?? 0;
      expect(await log.offsetForTime(topic, 1, 0)).toBe(0);
      expect(await log.offsetForTime(topic, 1, first)).toBe(0);
      expect(await log.offsetForTime(topic, 1, FAR_MS)).toBe(3);
      expect(await log.offsetForTime(topic, 0, first)).toBe(0);
    });

    test('is that of the first record appended then or later, also where times went back', async () => {
      const { log } = subject();
      const topic = await timed(100, 200, 200, 150, 120, 300, 250, 400);
      const records = await everyRecord(log, topic);
      expect(records).toHaveLength(8);
      for (let time = 90; time <= 410; time += 10) {
        const since = BASE_MS + time;
        const first = records.find(({ timestamp }) => timestamp >= since)?.offset ?? 8;
        expect([time, await log.offsetForTime(topic, 0, since)]).toEqual([time, first]);
      }
    });

    test('is the start of a log that was truncated', async () => {
      const { log } = subject();
      const topic = await timed(100, 200, 300, 400);
      await log.truncate(topic, 0, 2);
      expect(await log.offsetForTime(topic, 0, BASE_MS + 100)).toBe(2);
      expect(await log.offsetForTime(topic, 0, BASE_MS + 350)).toBe(3);
    });

    unless('holes', 'is never behind a record of that time, whatever holes there are', async () => {
      const { log, appendHole } = subject();
      if (!appendHole) throw new Error('the log under test offers no appendHole');
      const topic = await freshTopic(log);
      await append(log, topic, 0, ['before']);
      await appendHole(topic, 0);
      const [after] = await append(log, topic, 0, ['after']);
      const found = await log.offsetForTime(topic, 0, after?.timestamp ?? 0);
      expect(found).toBeLessThanOrEqual(after?.offset ?? -1);
    });

    test('is not told for what is no time, nor of a topic that is not there', async () => {
      const { log } = subject();
      const topic = await freshTopic(log);
      for (const time of [-1, -2, 0.5, Number.NaN]) {
        await expect(log.offsetForTime(topic, 0, time)).rejects.toBeInstanceOf(RangeError);
      }
      await expect(log.offsetForTime(`${topic}.missing`, 0, 0)).rejects.toThrow();
    });
  });
}
