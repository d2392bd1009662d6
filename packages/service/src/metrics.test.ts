import { describe, expect, it } from 'vitest';
import { METRIC_LABELS, METRICS, type MetricSpec } from './metrics-table.js';
import { createMetrics } from './metrics.js';

const FORBIDDEN =
  /(^|_)(id|key|seq|offset|cursor|token|user|owner|tenant|traceparent|subject)($|_)/;

const strays = (specs: readonly MetricSpec[]): string[] =>
  specs.flatMap(({ name, labels }) =>
    labels
      .filter((label) => FORBIDDEN.test(label) || !METRIC_LABELS.includes(label))
      .map((label) => `${name}: ${label}`),
  );

describe('the metrics table', () => {
  it('has no label whose values could be IDs', () => {
    expect(strays(Object.values(METRICS))).toEqual([]);
    expect(METRIC_LABELS.filter((label) => FORBIDDEN.test(label))).toEqual([]);
  });

  it('would notice an ID as a label', () => {
    const wrong = {
      type: 'gauge',
      name: 'x',
      help: '',
      labels: ['run_id'],
    } as unknown as MetricSpec;
    expect(strays([wrong])).toEqual(['x: run_id']);
  });

  it('names every metric once, with our prefix, a unit and a help', () => {
    const specs: MetricSpec[] = Object.values(METRICS);
    expect(new Set(specs.map(({ name }) => name)).size).toBe(specs.length);
    for (const { name, type, help } of specs) {
      expect(name).toMatch(type === 'counter' ? /^refold_[a-z_]+_total$/ : /^refold_[a-z_]+[^l]$/);
      expect(help).toMatch(/\.$/);
    }
  });

  it('is what the page shows', async () => {
    const metrics = createMetrics('projector');
    metrics.commits.inc({ projection: 'runs', outcome: 'committed' }, 3);
    const { text, contentType } = await metrics.page();
    expect(contentType).toContain('text/plain');
    expect(text).toContain(
      'refold_commits_total{projection="runs",outcome="committed",service="projector"} 3',
    );
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('asks for the state of the moment before each page', async () => {
    const metrics = createMetrics('test');
    let waiting = 0;
    metrics.beforePage(() => metrics.publishQueue.set(waiting));
    waiting = 7;
    expect((await metrics.page()).text).toMatch(/refold_publish_queue\S* 7/);
    waiting = 3;
    expect((await metrics.page()).text).toMatch(/refold_publish_queue\S* 3/);
  });
});
