const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

const DURATION = /^(0|[1-9]\d{0,9})(ms|s|m|h)$/;

/** Milliseconds of a duration such as `500ms`, `5s`, `2m`, `1h`; null for any other text. */
export function parseDuration(text: string): number | null {
  const match = DURATION.exec(text);
  if (match === null) return null;
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

const ISO_DURATION =
  /^P(?=.)(?:(\d{1,6})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,12}(?:\.\d{1,3})?)S)?)?$/i;

/** Milliseconds of an ISO 8601 duration of days and less, such as `P1DT2H`; null for any other text. */
export function parseIsoDuration(text: string): number | null {
  const match = ISO_DURATION.exec(text);
  if (match === null) return null;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match;
  const whole = (Number(days) * 24 + Number(hours)) * UNITS.h + Number(minutes) * UNITS.m;
  return whole + Math.round(Number(seconds) * UNITS.s);
}
