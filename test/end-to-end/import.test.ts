import {
  describeWithKafka,
  freePorts,
  reportProof,
  useRedis,
  type KafkaBackend,
  type RedisBackend,
} from '@refold/test-kit';
import type { ProjectorsReply } from '@refold/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read } from './support/api.js';
import { openInstallation, startService, type Installation } from './support/installation.js';
import { importTraces, startImport, type ImportReport } from './support/refold-command.js';
import { expectedRecords, recordsOfRun } from './support/run-records.js';
import { readRun, readRuns, runIdsOf, snapshotOf, type ReadRun } from './support/run-snapshot.js';
import { ServiceProcess } from './support/service-process.js';
import { freshCounts, importedByFile, keptCounts, runsByFile } from './support/trace-counts.js';
import { until } from './support/until.js';

const COUNTS = keptCounts();

async function startEmbedded(): Promise<ServiceProcess> {
  const [port = 0] = await freePorts(1);
  return ServiceProcess.start({ service: 'standalone', port, settings: {} });
}

/** Events of runs that the log holds, folded or not. */
async function written(url: string): Promise<number> {
  const { body } = await read<ProjectorsReply>(url, '/projectors');
  const partitions = body.projectors.find(({ projection }) => projection === 'runs')?.partitions;
  return (partitions ?? []).reduce((sum, { end }) => sum + (end ?? 0), 0);
}

const nothingNew = { new: 0, undecided: 0 };

/** Begins an import, ends it by a signal when the log holds so many more records, and waits. */
async function interrupt(url: string, records: number, signal: NodeJS.Signals): Promise<void> {
  const goal = (await written(url)) + records;
  const program = startImport(url, '--rate', '1000');
  await until(
    () => `${goal} records on the log`,
    async () => (await written(url)) >= goal,
  );
  program.signal(signal);
  const ending = await program.finished(20_000);
  expect(ending).toEqual(signal === 'SIGKILL' ? { code: null, signal } : { code: 1, signal: null });
}

/** What an import must do on every backend. */
function importTests(start: () => Promise<ServiceProcess>, snapshots: object[]): void {
  let service: ServiceProcess;
  let report: ImportReport;
  let runs: Map<string, ReadRun>;

  beforeAll(async () => {
    service = await start();
    report = await importTraces(service.url);
    runs = await readRuns(service.url);
  }, 300_000);

  afterAll(() => service.stop());

  it('brings runs, messages and tool calls as an independent script counts them', async () => {
    expect(await freshCounts()).toEqual(COUNTS);
    const { total } = COUNTS;
    expect(report).toMatchObject({
      complete: true,
      runs: { new: total.runs, there: 0, undecided: 0 },
      messages: { new: total.messages, there: 0, undecided: 0 },
      tool_calls: { new: total.tool_calls, there: 0, undecided: 0 },
    });
    expect(runs.size).toBe(total.runs);
    expect(importedByFile(runs.values())).toEqual(runsByFile(COUNTS));
    const shown = [...runs.values()].map(({ run }) => run);
    const sum = (name: 'message_count' | 'tool_call_count' | 'event_count'): number =>
      shown.reduce((all, run) => all + run[name], 0);
    expect(sum('message_count')).toBe(total.messages);
    expect(sum('tool_call_count')).toBe(total.tool_calls);
    expect(sum('event_count')).toBe(report.events.new);
    expect(sum('event_count')).toBe(await written(service.url));
    reportProof({ ...total, events: report.events.new });
  });

  it('ends every run, contiguous from 1', () => {
    for (const { run, events } of runs.values()) {
      expect(['succeeded', 'failed']).toContain(run.status);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1));
      expect(events.at(-1)?.event_type).toBe('run.finished');
    }
  });

  it('leaves receipts, replays, summaries and checkpoints that agree with the events', async () => {
    for (const [id, found] of runs) {
      const records = await recordsOfRun(service.url, id);
      const expected = expectedRecords(found);
      expect(records).toMatchObject(expected);
      expect(records.replay).toHaveLength(expected.replay.length);
    }
  });

  it('adds nothing when it is repeated', async () => {
    const again = await importTraces(service.url);
    const { new: events } = report.events;
    expect(again).toMatchObject({
      complete: true,
      runs: { ...nothingNew, there: COUNTS.total.runs },
      events: { ...nothingNew, there: events },
      messages: { ...nothingNew, there: COUNTS.total.messages },
      tool_calls: { ...nothingNew, there: COUNTS.total.tool_calls },
    });
    const after = await readRuns(service.url);
    expect(snapshotOf(after)).toEqual(snapshotOf(runs));
    for (const [id, { run }] of after) expect(run.updated_at).toBe(runs.get(id)?.run.updated_at);
  });

  it('is resumed by repeating it, whatever ended it', async () => {
    const fresh = await start();
    try {
      await interrupt(fresh.url, 1_200, 'SIGKILL');
      await interrupt(fresh.url, 1_200, 'SIGINT');
      const rest = await importTraces(fresh.url);
      expect(rest.complete).toBe(true);
      expect(rest.events.there).toBeGreaterThan(0);
      expect(rest.events.new).toBeGreaterThan(0);
      expect(rest.events.undecided).toBe(0);
      expect(snapshotOf(await readRuns(fresh.url))).toEqual(snapshotOf(runs));
    } finally {
      await fresh.stop();
    }
  });

  it('gives the same documents and chain hashes as elsewhere', () => {
    snapshots.push(snapshotOf(runs));
    for (const snapshot of snapshots) expect(snapshot).toEqual(snapshots[0]);
  });
}

describe('all traces, imported by the command line', () => {
  const snapshots: object[] = [];

  describe('into the embedded folder', () => {
    importTests(startEmbedded, snapshots);
  });

  describeWithKafka('into Kafka and Redis', (kafka: () => KafkaBackend) => {
    let redis: RedisBackend;
    const installations = new Map<ServiceProcess, Installation>();

    beforeAll(async () => {
      redis = await useRedis();
    });

    afterAll(async () => {
      for (const installation of installations.values()) await installation.close();
      await redis.stop();
    });

    const start = async (): Promise<ServiceProcess> => {
      const installation = await openInstallation(kafka(), redis);
      const service = await startService(installation, 'standalone');
      installations.set(service, installation);
      return service;
    };

    importTests(start, snapshots);

    it('is read the same by a read API of its own', async () => {
      const [installation] = installations.values();
      if (installation === undefined) throw new Error('nothing was imported');
      const reader = await startService(installation, 'read-api');
      try {
        const runs = new Map<string, ReadRun>();
        for (const id of await runIdsOf(reader.url)) runs.set(id, await readRun(reader.url, id));
        expect(runs.size).toBe(COUNTS.total.runs);
        expect(snapshotOf(runs)).toEqual(snapshots[0]);
      } finally {
        await reader.stop();
      }
    });
  });
});
