import { describe, expect, test } from 'vitest';
import type { GroupOffset, Subscription } from '@refold/pipeline';
import { freshGroup, freshTopic, settled, until, type Subject } from './event-log-harness.js';
import { Recorder } from './event-log-recorder.js';

/** What a group commits, and what is read of it. */
export function offsetsSection(subject: Subject): void {
  async function open(partitions = 1) {
    const { log } = subject();
    const topic = await freshTopic(log, partitions);
    const group = freshGroup();
    const join = async (): Promise<Subscription> => {
      const recorder = new Recorder();
      const subscription = await log.subscribe(group, [topic], recorder);
      await until('all partitions', () => recorder.holds().length === partitions);
      return subscription;
    };
    const committed = async (partition = 0): Promise<GroupOffset | null | undefined> =>
      (await log.committed(group, topic)).get(partition);
    return { log, topic, group, join, committed };
  }

  describe('the offsets of a group', () => {
    test('are nothing, for every partition, where it has committed nothing', async () => {
      const { log, topic, group, join } = await open(3);
      const nothing = new Map([0, 1, 2].map((partition) => [partition, null]));
      expect(await log.committed(group, topic)).toEqual(nothing);
      const subscription = await join();
      expect(await log.committed(group, topic)).toEqual(nothing);
      await subscription.close();
      await expect(log.committed(group, `${topic}.missing`)).rejects.toThrow();
    });

    test('are its hints, tagged as ours, of each partition the last', async () => {
      const { topic, join, committed } = await open(2);
      const subscription = await join();
      subscription.hint(topic, 0, 5);
      subscription.hint(topic, 0, 7);
      subscription.hint(topic, 1, 3, 'pending o-1 2');
      const wanted = { offset: 7, metadata: 'refold/1' };
      await settled('the hint', () => committed(0), wanted);
      await settled('the other', () => committed(1), {
        offset: 3,
        metadata: 'refold/1 pending o-1 2',
      });
      await subscription.close();
      expect(await committed(0)).toEqual(wanted);
    });

    test('are what a member commits, at once, and no hint from before comes after it', async () => {
      const { topic, join, committed } = await open();
      const subscription = await join();
      subscription.hint(topic, 0, 9);
      await subscription.commit(topic, 0, 8, 'pending o-1 2');
      const pending = { offset: 8, metadata: 'refold/1 pending o-1 2' };
      expect(await committed()).toEqual(pending);
      await subscription.close();
      expect(await committed()).toEqual(pending);
      const again = await join();
      expect(await committed()).toEqual(pending);
      await again.commit(topic, 0, 8);
      expect(await committed()).toEqual({ offset: 8, metadata: 'refold/1' });
      await again.close();
    });

    test('are those of one group', async () => {
      const { log, topic, join } = await open();
      const subscription = await join();
      await subscription.commit(topic, 0, 4);
      await subscription.close();
      expect(await log.committed(freshGroup(), topic)).toEqual(new Map([[0, null]]));
    });
  });
}
