import { encodeEnvelope, partitionOf } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import { createLogger, createMetrics } from '@refold/service';
import { installationOf, machineTiming } from '@refold/serving';
import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createProjecting } from './projecting.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A projector of runs over ports in memory, and the lines it logs. */
async function project() {
  const installation = installationOf('test', 2);
  const log = createMemoryEventLog({ clock: Date.now });
  await log.ensureTopics(installation.specs);
  const metrics = createMetrics('test');
  const lines: Record<string, unknown>[] = [];
  const destination = {
    write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  };
  const logger = createLogger({ service: 'test', level: 'debug', destination });
  let ids = 0;
  const projecting = createProjecting({
    log,
    store: createMemoryViewStore(),
    timing: machineTiming,
    rulebook: RULEBOOK,
    projections: [installation.projections.runs],
    deadLetterTopic: installation.topics.deadLetters,
    operations: installation.projections.operations,
    approval: 'not_required',
    newId: () => `id${ids++}`,
    logger,
    metrics,
    alone: true,
  });
  await projecting.start();
  closers.push(() => projecting.stop());
  return { installation, log, metrics, lines, projecting };
}

const started = (runId: string) => ({
  key: runId,
  value: encodeEnvelope({
    id: 'e1',
    source: 'test',
    type: 'run.started',
    subject: `run/${runId}`,
    data: null,
  }),
});

describe('the projector', () => {
  it('folds, counts and says so', async () => {
    const { installation, log, metrics, lines, projecting } = await project();
    const { topic } = installation.projections.runs;
    log.appendForeign(topic, partitionOf('r', 2), started('r'));
    await vi.waitFor(() => {
      expect(lines.find(({ msg }) => msg === 'folded')).toMatchObject({ records: 1, accepted: 1 });
      expect(projecting.health.get('runs')?.readiness()).toBeNull();
    });
    const { text } = await metrics.page();
    expect(text).toContain(
      'refold_verdicts_total{projection="runs",kind="accepted",code="",service="test"} 1',
    );
    expect(text).toMatch(/refold_lag_events\{projection="runs",partition="\d",service="test"\} 0/);
    expect(text).toMatch(/refold_commit_seconds_count\{[^}]*projection="runs"[^}]*\} [1-9]/);
    expect(text).not.toContain('id0');
  });

  it('sets foreign bytes aside, warns, and mirrors them to their topic', async () => {
    const { installation, log, metrics, lines } = await project();
    const { topic } = installation.projections.runs;
    const large = 'x'.repeat(300_000);
    log.appendForeign(topic, 0, { key: 'k', value: 'not ours' });
    log.appendForeign(topic, 0, { key: 'k', value: large });
    const { deadLetters } = installation.topics;
    await vi.waitFor(() => expect(log.records(deadLetters, 0)).toHaveLength(2));
    const [small, cut] = log.records(deadLetters, 0);
    expect(small?.key).toBe(`${topic}/0/0`);
    expect(JSON.parse(small?.value ?? '')).toMatchObject({
      topic,
      partition: 0,
      offset: 0,
      value: 'not ours',
    });
    expect(JSON.parse(cut?.value ?? '')).toMatchObject({
      offset: 1,
      cut: { value: 300_000 },
    });
    await vi.waitFor(() =>
      expect(lines.some(({ level, dead_letter }) => level === 'warn' && dead_letter !== 0)).toBe(
        true,
      ),
    );
    expect((await metrics.page()).text).toContain(
      'refold_dead_letters_total{projection="runs",service="test"} 2',
    );
  });
});
