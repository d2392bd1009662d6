import { readFileSync } from 'node:fs';
import { PartitionStopped, STOP_CODES } from '@refold/pipeline';
import type { PartitionStatus, Projector } from '@refold/pipeline';
import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { ASSIGNMENT_MS_MAX, createFoldHealth, STALL_MS_MAX } from './fold-health.js';

const PARTITIONS = 2;

const running = (partition: number, over: Partial<PartitionStatus> = {}): PartitionStatus => ({
  partition,
  next: 0,
  end: 0,
  progressAt: 0,
  stopped: null,
  refold: null,
  generation: 1,
  asides: [],
  ...over,
});

/** Health over what the test says the projector and the backends are. */
function healthOf(alone: boolean, away: string | null = null) {
  const now = { ms: 0 };
  const shown: { status: PartitionStatus[] } = { status: [] };
  const health = createFoldHealth({
    projector: {
      projection: { partitions: PARTITIONS },
      status: () => shown.status,
    } as unknown as Projector,
    log: { ...createMemoryEventLog({ clock: Date.now }), ping: () => Promise.resolve(away) },
    store: createMemoryViewStore(),
    nowMs: () => now.ms,
    alone,
  });
  return { health, now, shown };
}

describe('readiness', () => {
  it('waits for the first partitions, and then stands by without', () => {
    const { health, now } = healthOf(false);
    expect(health.readiness()).toBe('waits for its partitions');
    now.ms = ASSIGNMENT_MS_MAX;
    expect(health.readiness()).toBeNull();
  });

  it('needs every partition where nobody else folds', () => {
    const { health, shown } = healthOf(true);
    shown.status = [running(0)];
    expect(health.readiness()).toBe('owns 1 of 2 partitions');
    shown.status = [running(0), running(1)];
    expect(health.readiness()).toBeNull();
  });

  it('needs the position of every partition', () => {
    const { health, shown } = healthOf(false);
    shown.status = [running(0), running(1, { next: null, progressAt: null })];
    expect(health.readiness()).toContain('partition 1');
  });

  it('tells why a partition stopped', () => {
    const { health, shown } = healthOf(false);
    shown.status = [running(0), running(1, { stopped: new Error('deploy build 7') })];
    expect(health.readiness()).toBe('partition 1 stopped: deploy build 7');
  });
});

describe('liveness', () => {
  it('fails for a partition that stands still although there is no reason', async () => {
    const { health, now, shown } = healthOf(false);
    shown.status = [running(0), running(1, { progressAt: 5_000 })];
    now.ms = STALL_MS_MAX + 1;
    expect(await health.liveness()).toBe('partition 0 makes no progress');
    expect(health.readiness()).toBe('partition 0 makes no progress');
    shown.status = [running(0, { progressAt: now.ms }), running(1, { progressAt: now.ms })];
    expect(await health.liveness()).toBeNull();
  });

  it('fails for a partition that never begins', async () => {
    const { health, now, shown } = healthOf(false);
    shown.status = [running(0, { next: null, progressAt: null })];
    expect(await health.liveness()).toBeNull();
    now.ms = STALL_MS_MAX + 1;
    expect(await health.liveness()).toBe('partition 0 makes no progress');
  });

  it('does not fail while a backend is away: a restart would not help', async () => {
    const { health, now, shown } = healthOf(false, 'no broker answers');
    shown.status = [running(0)];
    now.ms = STALL_MS_MAX + 1;
    expect(await health.liveness()).toBeNull();
  });

  it('fails for a partition that stopped', async () => {
    const { health, shown } = healthOf(false);
    shown.status = [running(0, { stopped: new Error('why') })];
    expect(await health.liveness()).toBe('partition 0 stopped: why');
  });
});

describe('why a partition stands still', () => {
  const runbook = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8');
  /** The codes of the table, by what its rows begin with. */
  const told = [...runbook.matchAll(/^\| (`[a-z_]+`(?:, `[a-z_]+`)*) +\|/gm)]
    .flatMap(([, cell = '']) => cell.split(', '))
    .map((code) => code.replaceAll('`', ''));

  it.each(STOP_CODES)('is told as %s, and the runbook says what to do about it', (code) => {
    const { health, shown } = healthOf(false);
    shown.status = [running(0, { stopped: new PartitionStopped(code, 'why') })];
    expect(health.readiness()).toBe(`partition 0 stopped: ${code}: why`);
    expect(told).toContain(code);
  });

  it('is in the runbook under no other code', () => {
    expect(told.filter((code) => !STOP_CODES.some((one) => one === code))).toEqual([]);
  });
});
