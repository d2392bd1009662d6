import { parseIsoDuration } from '@refold/contracts';
import { ArgumentRefused } from './argument-refused.js';

const DATETIME =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,3}))?(?:Z|([+-])(\d\d)(?::?(\d\d))?)?$/;

const EXPECTED_DATETIME =
  'a time such as 2026-03-01T12:30:00.000, in UTC unless it ends with Z, +hh:mm or -hh:mm';

const EXPECTED_DURATION = 'a duration such as PT30M, P1D or P1DT2H';

const MINUTE_MS = 60_000;

/**
 * Milliseconds since the epoch of a time as `kafka-consumer-groups --to-datetime` takes it; the part
 * below a second may be shorter or absent.
 * @param field The argument that it is.
 * @throws ArgumentRefused for any other text, and for days and hours that do not exist.
 */
export function parseDatetime(text: string, field = 'datetime'): number {
  const refused = new ArgumentRefused(field, EXPECTED_DATETIME, text);
  const match = DATETIME.exec(text);
  if (match === null) throw refused;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = ''] = match;
  const [fraction = '', sign, zoneHours = '0', zoneMinutes = '0'] = match.slice(7);
  const date = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0')}Z`;
  const time = Date.parse(date);
  if (Number.isNaN(time) || new Date(time).toISOString() !== date) throw refused;
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * MINUTE_MS;
  const epochMs = sign === '-' ? time + zone : time - zone;
  if (epochMs < 0 || Number(zoneMinutes) > 59 || Number(zoneHours) > 23) throw refused;
  return epochMs;
}

/**
 * The time that lies a duration before now, as `--by-duration` means it; never before the epoch.
 * @throws ArgumentRefused unless it is an ISO 8601 duration of days, hours, minutes and seconds.
 */
export function timeBefore(duration: string, nowMs: number): number {
  const ms = parseIsoDuration(duration);
  if (ms === null) throw new ArgumentRefused('duration', EXPECTED_DURATION, duration);
  return Math.max(0, nowMs - ms);
}
