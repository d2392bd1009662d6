/** A page in Prometheus' text format: series as written there → value. */
export type MetricsPage = ReadonlyMap<string, number>;

const LINE = /^([A-Za-z_:][\w:]*(?:\{.*\})?) (\S+)$/;

/** Reads a page; comments and blank lines say nothing. */
export function readMetrics(text: string): MetricsPage {
  const page = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, series, value] = LINE.exec(line) ?? [];
    if (series !== undefined && value !== undefined) page.set(series, Number(value));
  }
  return page;
}

/** Labels a series must have, each as `name="value"`. */
type Labels = readonly string[];

const hasLabels = (series: string, labels: Labels): boolean =>
  labels.every((label) => series.includes(`{${label}`) || series.includes(`,${label}`));

/** The sum over all series of a metric that have these labels; 0 without any. */
export function sumOf(page: MetricsPage, metric: string, labels: Labels = []): number {
  let sum = 0;
  for (const [series, value] of page) {
    const isOfMetric = series === metric || series.startsWith(`${metric}{`);
    if (isOfMetric && hasLabels(series, labels)) sum += value;
  }
  return sum;
}

/** How much a counter grew between two pages of one process. */
export const growth = (
  before: MetricsPage,
  after: MetricsPage,
  metric: string,
  labels: Labels = [],
): number => sumOf(after, metric, labels) - sumOf(before, metric, labels);

/** What a histogram took in between two pages: how many, and their mean in its unit; NaN of none. */
export function taken(
  before: MetricsPage,
  after: MetricsPage,
  metric: string,
  labels: Labels = [],
): { count: number; mean: number } {
  const count = growth(before, after, `${metric}_count`, labels);
  return { count, mean: growth(before, after, `${metric}_sum`, labels) / count };
}
