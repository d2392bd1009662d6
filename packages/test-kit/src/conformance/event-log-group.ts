import { describe, expect, test } from 'vitest';
import type { LogBatch } from '@refold/pipeline';
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
import { Recorder, type RecorderOptions } from './event-log-recorder.js';

const PARTITIONS = 4;

/** Checkpoints shared by the members, as a store shares them; a batch below one is a zombie's. */
function sharedCheckpoints(): RecorderOptions & { folded: Map<string, number[]> } {
  const checkpoints = new Map<string, number>();
  const folded = new Map<string, number[]>();
  const answer = ({ topic, partition, from, next, records }: LogBatch): number => {
    const name = `${topic}/${partition}`;
    const checkpoint = checkpoints.get(name) ?? 0;
    if (from !== checkpoint) return checkpoint;
    checkpoints.set(name, next);
    folded.set(name, [...(folded.get(name) ?? []), ...records.map((record) => record.offset)]);
    return next;
  };
  const start = (topic: string, partition: number): number =>
    checkpoints.get(`${topic}/${partition}`) ?? 0;
  return { start, answer, folded };
}

/** Several members: sharing and handing over. */
export function groupSection(subject: Subject, lacks: Lacks): void {
  const unless = declaredUnless(lacks);
  describe('a group', () => {
    test('of two members shares the partitions, and the one that stays takes all of them', async () => {
      const { log } = subject();
      const topic = await freshTopic(log, PARTITIONS);
      const all = Array.from({ length: PARTITIONS }, (_, partition) => `${topic}/${partition}`);
      const group = freshGroup();
      const shared = sharedCheckpoints();
      const sendRound = async (round: number): Promise<void> => {
        for (let p = 0; p < PARTITIONS; p++) await append(log, topic, p, numbered(10, round * 10));
      };
      const complete = (count: number): boolean =>
        all.every((name) => (shared.folded.get(name)?.length ?? 0) >= count);

      const first = new Recorder(shared);
      const firstSubscription = await log.subscribe(group, [topic], first);
      await sendRound(0);
      await until('the first member alone', () => complete(10));
      expect(first.holds()).toEqual(all);

      const second = new Recorder(shared);
      const secondSubscription = await log.subscribe(group, [topic], second);
      await until('both have partitions', () => {
        const held = [...first.holds(), ...second.holds()].sort();
        return second.holds().length > 0 && held.join() === all.join();
      });
      expect(first.revocations.length).toBeGreaterThan(0);
      await sendRound(1);
      await until('both together', () => complete(20));

      await firstSubscription.close();
      await until('the second has all', () => second.holds().join() === all.join());
      await sendRound(2);
      await until('the second member alone', () => complete(30));
      await secondSubscription.close();

      for (const name of all) {
        expect(shared.folded.get(name)).toEqual(Array.from({ length: 30 }, (_, offset) => offset));
      }
      expect(second.batches.length).toBeGreaterThan(0);
      expect(first.breaches).toEqual([]);
      expect(second.breaches).toEqual([]);
    });

    unless('prompt revocation', 'tells a zombie at once, while its batch still runs', async () => {
      const { log } = subject();
      const topic = await freshTopic(log, 2);
      const group = freshGroup();
      const { opened, open } = gate();
      const first = new Recorder({ answer: async ({ next }) => opened.then(() => next) });
      const firstSubscription = await log.subscribe(group, [topic], first);
      for (const partition of [0, 1]) await append(log, topic, partition, ['hangs']);
      await until('both batches run', () => first.batches.length === 2);
      const second = new Recorder();
      const secondSubscription = await log.subscribe(group, [topic], second);
      await until('a revocation', () => first.revocations.length > 0);
      open();
      await until('the second has it', () => second.holds().length > 0);
      await secondSubscription.close();
      await until('the first has it again', () => first.holds().length === 2);
      await firstSubscription.close();
      expect(first.breaches).toEqual([]);
      expect(second.breaches).toEqual([]);
    });

    unless(
      'prompt revocation',
      'revokes a partition that had stopped, and tries it anew',
      async () => {
        const { log } = subject();
        const topic = await freshTopic(log, 2);
        const group = freshGroup();
        const first = new Recorder({
          start: () => {
            if (first.stops.length < 2) throw new Error('no checkpoint');
            return 0;
          },
        });
        const firstSubscription = await log.subscribe(group, [topic], first);
        await until('both stops', () => first.stops.length === 2);
        const second = new Recorder();
        const secondSubscription = await log.subscribe(group, [topic], second);
        await until('the second has one', () => second.holds().length > 0);
        await until('a revocation', () => first.revocations.length > 0);
        const gone = [...first.revocations];
        await secondSubscription.close();
        await until('the first tries it', () => gone.every((name) => first.holds().includes(name)));
        await firstSubscription.close();
        expect(first.stops).toHaveLength(2);
        expect(first.breaches).toEqual([]);
        expect(second.breaches).toEqual([]);
      },
    );

    test('takes hints without letting them decide where a member begins', async () => {
      const { log } = subject();
      const topic = await freshTopic(log);
      await append(log, topic, 0, numbered(5));
      const group = freshGroup();
      const first = new Recorder();
      const subscription = await log.subscribe(group, [topic], first);
      await until('the records', () => first.values(topic, 0).length === 5);
      subscription.hint(topic, 0, 5);
      await subscription.close();
      const second = new Recorder();
      const again = await log.subscribe(group, [topic], second);
      await until('all of them again', () => second.values(topic, 0).length === 5);
      await again.close();
      expect(second.values(topic, 0)).toEqual(numbered(5));
    });

    test('delivers the same topic to another group independently', async () => {
      const { log } = subject();
      const topic = await freshTopic(log);
      await append(log, topic, 0, numbered(3));
      const recorders = [new Recorder(), new Recorder()];
      const subscriptions = await Promise.all(
        recorders.map((recorder) => log.subscribe(freshGroup(), [topic], recorder)),
      );
      for (const recorder of recorders) {
        await until('every group has all', () => recorder.values(topic, 0).length === 3);
      }
      await Promise.all(subscriptions.map((subscription) => subscription.close()));
      for (const recorder of recorders) expect(recorder.values(topic, 0)).toEqual(numbered(3));
    });
  });
}
