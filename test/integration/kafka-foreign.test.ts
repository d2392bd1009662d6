import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { OffsetOutOfRange } from '@refold/pipeline';
import { describeWithKafka, Recorder, until } from '@refold/test-kit';
import {
  eventually,
  openTestLog,
  stranger,
  strangeProducer,
  strangeTopic,
} from './kafka-support.js';

const APPEND_TIME = { 'message.timestamp.type': 'LogAppendTime' };
const message = (value: string) => ({ key: 'k', value, partition: 0 });

describeWithKafka('what others write to a topic', (kafka) => {
  test('a marker under the checkpoint is passed, also before a batch larger than a fetch', async () => {
    const outside = stranger(kafka().brokers);
    const topic = await strangeTopic(outside, APPEND_TIME);
    const log = openTestLog(kafka().brokers, { fetchBytes: 20_000 });
    const producer = await strangeProducer(outside, randomUUID());
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [message('inside')] });
    await transaction.commit();
    await eventually(
      'the marker',
      () => log.range(topic, 0),
      ({ end }) => end === 2,
    );
    const large = 'x'.repeat(200_000);
    const plain = await strangeProducer(outside);
    await plain.send({ topic, messages: [message(large)] });

    const recorder = new Recorder({ start: () => 1 });
    const subscription = await log.subscribe(topic, [topic], recorder);
    await until('the large record', () => recorder.values(topic, 0).length === 1);
    await until('the end', () => recorder.position(topic, 0) === 3);
    expect(recorder.values(topic, 0)).toEqual([large]);
    expect(recorder.breaches).toEqual([]);
    await subscription.close();
    await Promise.all([producer.disconnect(), plain.disconnect(), log.close()]);
  });

  test('an open transaction holds up nobody, and its records are unfit at their offsets', async () => {
    const outside = stranger(kafka().brokers);
    const topic = await strangeTopic(outside, APPEND_TIME);
    const log = openTestLog(kafka().brokers);
    const producer = await strangeProducer(outside, randomUUID());
    const plain = await strangeProducer(outside);
    const recorder = new Recorder();
    const subscription = await log.subscribe(topic, [topic], recorder);
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [message('open')] });
    await plain.send({ topic, messages: [message('behind')] });
    await until('the record behind it', () => recorder.values(topic, 0).length === 2);
    expect(await log.range(topic, 0)).toEqual({ start: 0, end: 2 });
    const records = recorder.batches.flatMap((batch) => batch.records);
    expect(records.map(({ value, unfit }) => [value, unfit !== undefined])).toEqual([
      ['open', true],
      ['behind', false],
    ]);
    expect(records[0]?.unfit).toMatch(/transaction/);
    await transaction.abort();
    await until('the marker is passed', () => recorder.position(topic, 0) === 3);
    await subscription.close();
    await Promise.all([producer.disconnect(), plain.disconnect(), log.close()]);
  });

  test('records with producers’ times are unfit, and the topic is at fault', async () => {
    const outside = stranger(kafka().brokers);
    const topic = await strangeTopic(outside, { 'message.timestamp.type': 'CreateTime' });
    const log = openTestLog(kafka().brokers);
    const plain = await strangeProducer(outside);
    await plain.send({ topic, messages: [{ ...message('old'), timestamp: '1000' }] });
    const { records } = await log.read(topic, 0, 0);
    expect(records).toMatchObject([{ value: 'old', timestamp: 1000 }]);
    expect(records[0]?.unfit).toMatch(/LogAppendTime/);
    const faults = await log.checkTopics([{ name: topic, partitions: 1 }]);
    expect(faults.map(({ fault }) => fault).join()).toMatch(/message.timestamp.type is CreateTime/);
    expect(faults.map(({ fault }) => fault).join()).toMatch(/retention.ms is 604800000/);
    await Promise.all([plain.disconnect(), log.close()]);
  });

  test('a topic that takes no record as large as an event may be is at fault', async () => {
    const bytes = 20_000;
    const outside = stranger(kafka().brokers);
    const topic = await strangeTopic(outside, { ...APPEND_TIME, 'max.message.bytes': `${bytes}` });
    const log = openTestLog(kafka().brokers);
    const about = async (recordBytes: number): Promise<string[]> => {
      const faults = await log.checkTopics([{ name: topic, partitions: 1, recordBytes }]);
      return faults.map(({ fault }) => fault).filter((fault) => fault.startsWith('max.message'));
    };
    const fits = bytes - 256;
    expect(await about(fits)).toEqual([]);
    expect(await about(fits + 1)).toEqual([
      `max.message.bytes is ${bytes}, and an event may have ${fits + 1} bytes: set it to at least ${bytes + 1}, or allow events of at most ${fits} bytes`,
    ]);
    const lane = await log.openLane(await log.laneOf(topic, 0));
    const largest = { topic, partition: 0, key: 'k'.repeat(128), value: 'v'.repeat(fits) };
    expect(await lane.send([largest])).toMatchObject([{ offset: 0 }]);
    await lane.close();
    await log.close();
  });

  test('a topic that keeps batches compressed is no fault, and is warned of', async () => {
    const topic = await strangeTopic(stranger(kafka().brokers), APPEND_TIME);
    const said: string[] = [];
    const log = openTestLog(kafka().brokers, {
      logger: (level, what, fields) => said.push(`${level} ${what} ${JSON.stringify(fields)}`),
    });
    const faults = await log.checkTopics([{ name: topic, partitions: 1 }]);
    expect(faults.filter(({ fault }) => fault.includes('compression'))).toEqual([]);
    const warnings = said.filter((line) => line.includes('compression.type'));
    expect(warnings).toEqual([expect.stringMatching(/^warn .*"found":"producer"/)]);
    await log.close();
  });

  test('a checkpoint below a cut log stops its partition and moves no committed offset', async () => {
    const outside = stranger(kafka().brokers);
    const topic = await strangeTopic(outside, APPEND_TIME);
    const log = openTestLog(kafka().brokers);
    const plain = await strangeProducer(outside);
    await plain.send({ topic, messages: ['a', 'b', 'c', 'd'].map(message) });
    const admin = outside.admin();
    await admin.connect();
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '3' }] });

    const group = `cut.${randomUUID()}`;
    const recorder = new Recorder({ start: () => 1 });
    const subscription = await log.subscribe(group, [topic], recorder);
    await until('the stop', () => recorder.stops.length === 1);
    expect(recorder.stops[0]?.error).toBeInstanceOf(OffsetOutOfRange);
    expect(recorder.stops[0]?.error).toMatchObject({ range: { start: 3, end: 4 } });
    expect(recorder.batches).toEqual([]);
    await subscription.close();
    const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
    expect(committed?.partitions).toMatchObject([{ partition: 0, offset: '-1' }]);
    await Promise.all([plain.disconnect(), admin.disconnect(), log.close()]);
  });

  test('a topic that is deleted and created again under a reader is read on with a mark', async () => {
    const outside = stranger(kafka().brokers);
    const topic = await strangeTopic(outside, APPEND_TIME);
    const said: string[] = [];
    const log = openTestLog(kafka().brokers, { logger: (_level, what) => said.push(what) });
    const recorder = new Recorder();
    const subscription = await log.subscribe(topic, [topic], recorder);
    await until('an idle batch', () => recorder.idle > 0);
    const admin = outside.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
    await until('the interruption', () => said.some((what) => /fetch is interrupted/.test(what)));
    await log.ensureTopics([{ name: topic, partitions: 1 }]);
    const lane = await log.openLane(await log.laneOf(topic, 0));
    await lane.send([{ topic, partition: 0, key: 'k', value: 'of another log' }]);
    await until('the record', () => recorder.values(topic, 0).length === 1);
    await lane.send([{ topic, partition: 0, key: 'k', value: 'behind it' }]);
    await until('the next one', () => recorder.values(topic, 0).length === 2);
    expect(recorder.batches.map(({ resumed }) => resumed)).toEqual([true, undefined]);
    expect(recorder.breaches).toEqual([]);
    await subscription.close();
    await Promise.all([lane.close(), admin.disconnect(), log.close()]);
  });

  test('a hint is committed to the group with our tag', async () => {
    const outside = stranger(kafka().brokers);
    const topic = await strangeTopic(outside, APPEND_TIME);
    const log = openTestLog(kafka().brokers);
    const plain = await strangeProducer(outside);
    await plain.send({ topic, messages: ['a', 'b', 'c'].map(message) });
    const group = `hint.${randomUUID()}`;
    const recorder = new Recorder();
    const subscription = await log.subscribe(group, [topic], recorder);
    await until('the records', () => recorder.values(topic, 0).length === 3);
    subscription.hint(topic, 0, 2);
    subscription.hint(topic, 0, 3);
    const admin = outside.admin();
    await admin.connect();
    const committed = await eventually(
      'the hint',
      async () => (await admin.fetchOffsets({ groupId: group, topics: [topic] }))[0]?.partitions,
      (partitions) => partitions?.[0]?.offset === '3',
    );
    expect(committed).toMatchObject([{ partition: 0, offset: '3', metadata: 'refold/1' }]);
    await subscription.close();
    await Promise.all([plain.disconnect(), admin.disconnect(), log.close()]);
  });
});
