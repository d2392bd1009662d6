import { RULEBOOK } from '@refold/domain';
import { encodeEnvelope, partitionOf } from '@refold/contracts';
import { noWrites, PartitionProjector, slotOf, type Timing } from '@refold/pipeline';
import { createLogger, createMetrics } from '@refold/service';
import { installationOf, machineTiming } from '@refold/serving';
import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createProjecting } from './projecting.js';

/** Pauses are a hundredth of what they are. */
const hasty: Timing = {
  ...machineTiming,
  after: (ms, run) => machineTiming.after(ms / 100, run),
};

const PARTITIONS = 2;

it('continuous verification counts and names what differs, and changes nothing', async () => {
  const installation = installationOf('patrol', PARTITIONS);
  const { runs, operations } = installation.projections;
  const log = createMemoryEventLog({ clock: Date.now });
  await log.ensureTopics(installation.specs);
  const store = createMemoryViewStore();
  for (let n = 0; n < 40; n++) {
    const key = `r${n}`;
    const envelope = { id: 'e', source: 'test', type: 'run.started', data: null };
    const value = encodeEnvelope({ ...envelope, subject: `run/${key}` });
    log.appendForeign(runs.topic, partitionOf(key, PARTITIONS), { key, value });
  }
  const shared = { log, store, timing: hasty };
  let ids = 0;
  const commitId = (): string => `id${ids++}`;
  const ports = {
    ...shared,
    rulebook: RULEBOOK,
    commitId,
    committed: () => undefined,
    mirror: async () => [],
    trouble: () => undefined,
  };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const owner = new PartitionProjector(ports, runs, partition);
    await owner.handle(await log.read(runs.topic, partition, await owner.position()));
  }
  const slot = slotOf(runs, partitionOf('r7', PARTITIONS));
  const held = store.dump(slot);
  const text = (held.text['d:run/r7'] ?? '').replace('"running"', '"queued"');
  const damage = { ...noWrites(), set: [['d:run/r7', text]] as [string, string][] };
  await store.commit(slot, held.checkpoint, held.checkpoint ?? '', damage, []);

  const lines: { msg?: string; differences?: { stream: string }[] }[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as object) };
  const metrics = createMetrics('test');
  const projecting = createProjecting({
    ...shared,
    rulebook: RULEBOOK,
    projections: [runs],
    deadLetterTopic: installation.topics.deadLetters,
    operations,
    newId: commitId,
    logger: createLogger({ service: 'test', level: 'debug', destination }),
    metrics,
    alone: true,
    approval: 'not_required',
    verifyShare: 1,
  });
  await projecting.start();
  onTestFinished(() => projecting.stop());
  await vi.waitFor(
    async () => {
      const { text: page } = await metrics.page();
      expect(page).toMatch(/refold_drift_total\{projection="runs",kind="hash_mismatch"[^}]*\} 1/);
      const verified = /refold_verified_streams_total\{[^}]*\} (\d+)/.exec(page)?.[1];
      expect(Number(verified)).toBeGreaterThanOrEqual(40);
    },
    { timeout: 30_000, interval: 50 },
  );
  const line = lines.find(({ msg }) => msg === 'read models differ from the log');
  expect(line?.differences?.map(({ stream }) => stream)).toEqual(['run/r7']);
  expect(store.dump(slot).text['d:run/r7']).toBe(text);
});
