const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

const DURATION = /^(0|[1-9]\d{0,9})(ms|s|m|h)$/;

/** Milliseconds of a duration such as `500ms`, `5s`, `2m`, `1h`; null for any other text. */
export function parseDuration(text: string): number | null {
  const match = DURATION.exec(text);
  if (match === null) return null;
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}
