/** The SDKs of CloudEvents read what the door and the record builder write: Go's, the strictest, and Python's. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRecordBuilder } from '@refold/client/records';
import type { AppendReply } from '@refold/contracts';
import { describeWithKafka, missingBackendFails, useRedis } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { post } from './support/api.js';
import { openInstallation, startService } from './support/installation.js';
import { recordsOf } from './support/oracle.js';
import { producerEvents } from './support/producer-events.js';
import { prepareLanguage, PRODUCERS, runProducer } from './support/producers.js';

const builder = createRecordBuilder({ source: 'urn:acme:runner?a=b#c', partitions: 8 });

/** Every event of the list as the builder writes it, and one with every attribute at its bound. */
function builtValues(): string[] {
  const events = producerEvents(7, 300).flatMap(({ subject, id, type, data }) => {
    const [kind, streamId] = subject.split('/') as ['run' | 'worker', string];
    const isNoMessage = type === 'run.message' && !JSON.stringify(data).includes('"role"');
    if (isNoMessage) return [];
    return [builder[kind](streamId, { event_type: type, event_id: id, payload: data }).value];
  });
  const extreme = builder.run('x'.repeat(128), {
    event_type: 'ü'.repeat(120),
    event_id: '🌍'.repeat(128),
    idempotency_key: 'k'.repeat(255),
    expected_previous_seq: 2_147_483_647,
    append_only: true,
    schema_version: 1,
    time: '2026-01-31T23:59:59.123456789+14:00',
    principal: 'p'.repeat(256),
    traceparent: `00-${'4b'.repeat(16)}-${'f0'.repeat(8)}-01`,
    payload: { text: 'x'.repeat(200_000), null: null, nested: [[['\u2028']]] },
  });
  return [...events, extreme.value];
}

/** Attributes that the readers do not print: they are the same in every record, or a time. */
const NOT_PRINTED = new Set(['specversion', 'time', 'datacontenttype']);

/** What a reader of CloudEvents has to understand of a record. */
function understood(value: string): object {
  const { id, source, type, subject, data, ...rest } = JSON.parse(value) as Record<string, unknown>;
  const others = Object.entries(rest).filter(([name]) => !NOT_PRINTED.has(name));
  return { id, source, type, subject, extensions: Object.fromEntries(others), data };
}

function readWith(command: string, args: string[], values: readonly string[]): object[] {
  const input = values.map((value) => `${value}\n`).join('');
  const { status, stdout, stderr } = spawnSync(command, args, {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${command} ended with ${String(status)}: ${stderr}`);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as object);
}

describe('records as CloudEvents', async () => {
  const go = await prepareLanguage('go');
  const python = await prepareLanguage('python');
  const missing = 'missing' in go || 'missing' in python;
  const readers: [string, string, string[]][] = [
    ['Go', 'path' in go ? join(go.path, 'cloudevents') : '', []],
    ['Python', 'path' in python ? python.path : '', [join(PRODUCERS, 'cloudevents-reader.py')]],
  ];

  describe.skipIf(missing && !missingBackendFails())('with both SDKs', () => {
    it.each(readers)('of the builder are read by that of %s', (_name, command, args) => {
      const values = builtValues();
      expect(values.length).toBeGreaterThan(200);
      expect(readWith(command, args, values)).toEqual(values.map(understood));
    });

    it.each(readers)('that are none are refused by that of %s', (_name, command, args) => {
      const [value = ''] = builtValues();
      const broken = [
        value.replace('"specversion":"1.0"', '"specversion":"2.0"'),
        value.replace(/"source":"[^"]*"/, '"source":""'),
        value.replace('"refoldversion"', '"refold_version"'),
      ];
      for (const answer of readWith(command, args, broken)) {
        expect(answer).toEqual(expect.stringMatching(/^refused: /));
      }
    });

    describeWithKafka('and a door', (kafka) => {
      it('of which every record is read by both', async () => {
        const redis = await useRedis();
        const installation = await openInstallation(kafka(), redis);
        const service = await startService(installation, 'standalone');
        const folder = await mkdtemp(join(tmpdir(), 'refold-cloudevents-'));
        const file = join(folder, 'events.ndjson');
        const events = producerEvents(11, 300);
        await writeFile(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
        const http = join(PRODUCERS, 'http', 'producer.mjs');
        await runProducer(process.execPath, http, service.url, file);
        const traced = { traceparent: `00-${'4b'.repeat(16)}-${'f0'.repeat(8)}-01` };
        const run = { run_id: 'x'.repeat(128), owner_guest_scope: 'Gäste', tenant: 'acme' };
        expect((await post<AppendReply>(service.url, '/runs', run, traced)).status).toBe(201);
        const extreme = {
          event_type: 'ü'.repeat(120),
          idempotency_key: '🌍'.repeat(127),
          expected_previous_seq: 1,
          payload: { text: 'x'.repeat(200_000) },
        };
        const path = `/runs/${run.run_id}/events`;
        expect((await post<AppendReply>(service.url, path, extreme, traced)).status).toBe(201);

        const records = [
          ...(await recordsOf(installation.log, installation.runs)).flat(),
          ...(await recordsOf(installation.log, installation.workers)).flat(),
        ];
        const values = records.map((record) => record.value ?? '');
        expect(values.length).toBeGreaterThan(250);
        for (const [, command, args] of readers) {
          expect(readWith(command, args, values)).toEqual(values.map(understood));
        }
        await service.stop();
        await installation.close();
        await redis.stop();
        await rm(folder, { recursive: true });
      });
    });
  });
});
