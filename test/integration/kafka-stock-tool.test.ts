import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { noticeReset } from '@refold/pipeline';
import type { EventLog, GroupOffset, Subscription } from '@refold/pipeline';
import { describeWithBroker, Recorder, until } from '@refold/test-kit';
import { consumerGroups, rowsOf, type GroupRow } from './consumer-groups.js';
import { eventually, openTestLog } from './kafka-support.js';

const ENDS = [6, 4, 2];

describeWithBroker('kafka-consumer-groups', {}, (broker) => {
  const tool = (group: string, ...args: string[]): Promise<string> =>
    consumerGroups([broker().address], group, ...args);

  /** A topic with records in every partition, and a group that has folded all of them. */
  async function folded() {
    const log = openTestLog([broker().address]);
    const topic = `stock.${randomUUID()}`;
    const group = `${topic}.projector`;
    await log.ensureTopics([{ name: topic, partitions: ENDS.length }]);
    for (const [partition, count] of ENDS.entries()) {
      for (let i = 0; i < count; i++) await append(log, topic, partition);
    }
    const member = await join(log, group, topic);
    for (const [partition, next] of ENDS.entries()) await member.commit(topic, partition, next);
    const committed = () => log.committed(group, topic);
    const describeGroup = async (): Promise<GroupRow[]> => rowsOf(await tool(group, '--describe'));
    const reset = (...args: string[]) =>
      tool(group, '--reset-offsets', '--execute', '--topic', ...args);
    return { log, topic, group, member, committed, describeGroup, reset };
  }

  const append = async (log: EventLog, topic: string, partition: number): Promise<void> => {
    const lane = await log.openLane(await log.laneOf(topic, partition));
    await lane.send([{ topic, partition, key: 'k', value: 'v' }]);
    await lane.close();
  };

  const join = async (log: EventLog, group: string, topic: string): Promise<Subscription> => {
    const recorder = new Recorder();
    const subscription = await log.subscribe(group, [topic], recorder);
    await until('all partitions', () => recorder.holds().length === ENDS.length);
    return subscription;
  };

  const noticed = (offsets: ReadonlyMap<number, GroupOffset | null>) =>
    ENDS.map((next, partition) => noticeReset(offsets.get(partition) ?? null, { next }));

  const NONE = { kind: 'none' };

  test('describes the lag of what is not folded yet, and the living members', async () => {
    const { log, topic, group, member, describeGroup } = await folded();
    await append(log, topic, 1);
    member.hint(topic, 0, 4);
    const wanted = [
      ['0', '4', '6', '2'],
      ['1', '4', '5', '1'],
      ['2', '2', '2', '0'],
    ];
    const columns = ['PARTITION', 'CURRENT-OFFSET', 'LOG-END-OFFSET', 'LAG'];
    const told = (rows: GroupRow[]) =>
      rows.map((row) => columns.map((column) => row[column])).sort();
    const rows = await eventually('the lag', describeGroup, (now) => told(now)[0]?.[1] === '4');
    expect(told(rows)).toEqual(wanted);
    expect(rows.map((row) => row['CONSUMER-ID'])).toEqual(
      ENDS.map(() => expect.stringMatching(/^refold-test-/) as string),
    );
    const state = rowsOf(await tool(group, '--describe', '--state'));
    expect(state[0]).toMatchObject({ GROUP: group });
    expect(Object.values(state[0] ?? {})).toContain('Stable');
    await member.close();
    const gone = await describeGroup();
    expect(told(gone)).toEqual(wanted);
    expect(gone.map((row) => row['CONSUMER-ID'])).toEqual(ENDS.map(() => '-'));
    await log.close();
  });

  test('resets a stopped group, which is noticed until a member has committed again', async () => {
    const { log, topic, group, member, committed, describeGroup, reset } = await folded();
    expect(await reset(`${topic}:0`, '--to-offset', '1')).toMatch(/inactive/);
    expect(noticed(await committed())).toEqual([NONE, NONE, NONE]);
    await member.close();

    await reset(`${topic}:0`, '--to-offset', '1');
    await reset(`${topic}:1`, '--shift-by', '-1');
    expect((await committed()).get(0)).toEqual({ offset: 1, metadata: '' });
    const wanted = [{ kind: 'reset', target: 1 }, { kind: 'reset', target: 3 }, NONE];
    expect(noticed(await committed())).toEqual(wanted);

    const again = await join(log, group, topic);
    expect(noticed(await committed())).toEqual(wanted);
    await again.commit(topic, 0, 6, 'pending o-1 1');
    await again.commit(topic, 1, 4, 'pending o-1 3');
    expect(noticed(await committed())).toEqual([NONE, NONE, NONE]);
    const lags = (await describeGroup()).map((row) => row['LAG']);
    expect(lags).toEqual(['0', '0', '0']);
    await again.close();
    await log.close();
  });

  test('asks for nothing with offsets that are deleted, and is refused where it goes ahead', async () => {
    const { log, topic, member, group, committed, reset } = await folded();
    await append(log, topic, 0);
    await append(log, topic, 0);
    await member.close();
    await reset(`${topic}:0`, '--to-latest');
    expect(noticed(await committed())[0]).toEqual({ kind: 'forward', target: 8, skips: 2 });
    await tool(group, '--delete-offsets', '--topic', topic);
    expect(await committed()).toEqual(new Map(ENDS.map((_, partition) => [partition, null])));
    expect(noticed(await committed())).toEqual([NONE, NONE, NONE]);
    await log.close();
  });

  test('resolves a time to the offset that the log does', async () => {
    const { log, topic, member, committed, reset } = await folded();
    await member.close();
    const { records } = await log.read(topic, 0, 0);
    for (const { timestamp } of [records[2], records[5]].flatMap((record) => record ?? [])) {
      const time = new Date(timestamp).toISOString();
      await reset(`${topic}:0`, '--to-datetime', time.replace('Z', '+00:00'));
      const mine = await log.offsetForTime(topic, 0, timestamp);
      expect((await committed()).get(0)?.offset).toBe(mine);
    }
    await log.close();
  });
});
