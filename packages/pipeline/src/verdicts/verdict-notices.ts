import { REFUSAL_CODES } from '@refold/contracts';
import type { Verdict, VerdictNotice } from '@refold/contracts';

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null;

const isDecided = ({ seq, status, recorded_at: at }: Members): boolean =>
  Number.isSafeInteger(seq) && typeof status === 'string' && Number.isSafeInteger(at);

const SHAPES: Readonly<Record<Verdict['kind'], (verdict: Members) => boolean>> = {
  accepted: isDecided,
  duplicate: isDecided,
  rejected: ({ code, detail }) => REFUSAL_CODES.some((known) => known === code) && isObject(detail),
  parked: ({ error }) => typeof error === 'string',
  dead_letter: ({ reason }) => typeof reason === 'string',
};

function isVerdict(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { kind } = value;
  return (
    typeof kind === 'string' &&
    Object.hasOwn(SHAPES, kind) &&
    SHAPES[kind as Verdict['kind']](value)
  );
}

/**
 * The notices in a message. Anybody who reaches the store may publish on a channel: what has not the
 * shape of a notice is nobody's verdict, and ends nothing.
 */
export function parseNotices(text: string): VerdictNotice[] {
  let notices: unknown;
  try {
    notices = JSON.parse(text);
  } catch {
    return [];
  }
  if (!Array.isArray(notices)) return [];
  return notices.filter(
    (notice: unknown): notice is VerdictNotice => isObject(notice) && isVerdict(notice['verdict']),
  );
}
