import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { METRICS, type MetricSpec } from './metrics-table.js';

type Table = typeof METRICS;

type MetricOf<S extends MetricSpec> = S['type'] extends 'counter'
  ? Counter<S['labels'][number]>
  : S['type'] extends 'gauge'
    ? Gauge<S['labels'][number]>
    : Histogram<S['labels'][number]>;

/** One metric object per entry of the metrics table, by the table's names. */
export type MetricSet = { readonly [Name in keyof Table]: MetricOf<Table[Name]> };

/** The metrics of one process. */
export interface Metrics extends MetricSet {
  /** Calls `update` before every page: for gauges that tell a moment, and counts told late. */
  beforePage(update: () => void): void;
  /** The page that `/metrics` answers: content type and text in Prometheus' format. */
  page(): Promise<{ contentType: string; text: string }>;
}

function open(spec: MetricSpec, registry: Registry): Counter | Gauge | Histogram {
  const { name, help } = spec;
  const common = { name, help, labelNames: [...spec.labels], registers: [registry] };
  switch (spec.type) {
    case 'counter':
      return new Counter(common);
    case 'gauge':
      return new Gauge(common);
    case 'histogram':
      return new Histogram({ ...common, buckets: [...(spec.buckets ?? [])] });
  }
}

/**
 * Opens every metric of the table in a registry of its own, each line labelled with the service,
 * and adds what Node tells of itself (CPU, memory, event loop).
 */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const opened = Object.entries(METRICS).map(([name, spec]) => [name, open(spec, registry)]);
  const set = Object.fromEntries(opened) as MetricSet;
  const updates: (() => void)[] = [];
  return {
    ...set,
    beforePage(update) {
      updates.push(update);
    },
    async page() {
      for (const update of updates) update();
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
