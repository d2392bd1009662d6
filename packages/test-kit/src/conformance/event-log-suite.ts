import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendSection } from './event-log-append.js';
import { groupSection } from './event-log-group.js';
import type { EventLogUnderTest, Lack, MakeEventLog } from './event-log-harness.js';
import { offsetsSection } from './event-log-offsets.js';
import { readSection } from './event-log-read.js';
import { timesSection } from './event-log-times.js';
import { subscribeSection } from './event-log-subscribe.js';

export type { EventLogUnderTest, Lack, MakeEventLog } from './event-log-harness.js';
export { Recorder, type RecorderOptions } from './event-log-recorder.js';
export { until } from './event-log-harness.js';

/**
 * What every event log must do, stated once. Call it in a test file of the adapter; `makeLog` is
 * called once, its log is shared by all tests, and each test has topics and groups of its own.
 */
export function eventLogConformance(
  name: string,
  makeLog: MakeEventLog,
  lacking: readonly Lack[] = [],
): void {
  const lacks = new Set(lacking);
  describe(`event log: ${name}`, () => {
    let made: EventLogUnderTest | undefined;
    beforeAll(async () => {
      made = await makeLog();
    });
    afterAll(async () => {
      await made?.close();
    });
    const subject = (): EventLogUnderTest => {
      if (made === undefined) throw new Error('the log is only there inside a test');
      return made;
    };

    test('answers a ping', async () => {
      expect(await subject().log.ping()).toBeNull();
    });
    appendSection(subject);
    readSection(subject, lacks);
    timesSection(subject, lacks);
    subscribeSection(subject, lacks);
    groupSection(subject, lacks);
    offsetsSection(subject);
  });
}
