/** A table as a page shows it: every row has as many cells as the head. */
export interface Table {
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

const MARKUP = /[|\\`*_<>]/g;

/** Markdown with aligned columns. Cells are text: what would be markup is escaped. */
export function markdownTable({ head, rows }: Table): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll(MARKUP, '\\$&')));
  const widths = head.map((_, column) =>
    Math.max(3, ...cells.map((row) => [...(row[column] ?? '')].length)),
  );
  const lineOf = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [first = [], ...rest] = cells;
  const rule = widths.map((width) => '-'.repeat(width));
  return [first, rule, ...rest].map(lineOf).join('\n');
}
