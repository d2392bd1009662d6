import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeWithBroker, Recorder, runKafkaTool, until } from '@refold/test-kit';
import { openTestLog, stranger, strangeTopic } from './kafka-support.js';

const values = Array.from(
  { length: 2_000 },
  (_, i) => `{"n":${i},"text":"${'ab'.repeat(i % 50)}"}`,
);

describeWithBroker('batches of the stock Java producer', {}, (broker) => {
  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'compressed with %s are read',
    async (codec) => {
      const topic = await strangeTopic(stranger([broker().address]), {
        'message.timestamp.type': 'LogAppendTime',
        'compression.type': 'producer',
      });
      const producer = 'org.apache.kafka.tools.ConsoleProducer';
      const where = ['--bootstrap-server', broker().address, '--topic', topic];
      const keyed = ['--property', 'parse.key=true', '--property', 'key.separator=|'];
      const input = values.map((value) => `run-1|${value}\n`).join('');
      await runKafkaTool(producer, [...where, ...keyed, '--compression-codec', codec], input);

      const segment = join(broker().folder, 'log', `${topic}-0`, '00000000000000000000.log');
      const isPlain = (await readFile(segment, 'latin1')).includes('"n":1000,');
      expect(isPlain).toBe(codec === 'none');

      const log = openTestLog([broker().address]);
      const recorder = new Recorder({ start: () => 3 });
      const subscription = await log.subscribe(topic, [topic], recorder);
      await until('every record', () => recorder.values(topic, 0).length >= values.length - 3);
      expect(recorder.values(topic, 0)).toEqual(values.slice(3));
      const records = recorder.batches.flatMap((batch) => batch.records);
      expect(new Set(records.map((record) => record.key))).toEqual(new Set(['run-1']));
      expect(records.filter((record) => record.unfit !== undefined)).toEqual([]);
      expect((await log.read(topic, 0, 1_999)).records[0]?.value).toBe(values[1_999]);
      await subscription.close();
      await log.close();
    },
  );

  test('on a topic that ensureTopics created are stored uncompressed', async () => {
    const log = openTestLog([broker().address]);
    await log.ensureTopics([{ name: 'plain', partitions: 1 }]);
    const where = ['--bootstrap-server', broker().address, '--topic', 'plain'];
    const input = values.join('\n');
    const producer = 'org.apache.kafka.tools.ConsoleProducer';
    await runKafkaTool(producer, [...where, '--compression-codec', 'zstd'], input);
    const segment = join(broker().folder, 'log', 'plain-0', '00000000000000000000.log');
    expect(await readFile(segment, 'latin1')).toContain('"n":1000,');
    expect((await log.range('plain', 0)).end).toBe(values.length);
    await log.close();
  });
});
