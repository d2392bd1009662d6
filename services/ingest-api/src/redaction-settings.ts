import {
  createRedactionPolicy,
  MEMBER_NAME,
  REDACTION_MODES,
  SECRET_PREFIX,
  type RedactionMode,
  type RedactionPolicy,
} from '@refold/redaction';
import { choice, list, pattern, type Setting } from '@refold/service';

const names = () => list(pattern(MEMBER_NAME, '1-64 letters, digits, _ - . and blanks'));

/** What is taken out of events before they are published; the standalone has these settings too. */
export const redactionSettings = {
  redaction: {
    env: 'REFOLD_REDACTION',
    parser: choice(REDACTION_MODES),
    default: 'secrets-and-pii',
    description: 'What is taken out of the data of events before they are published.',
  },
  redactionKeys: {
    env: 'REFOLD_REDACTION_KEYS',
    parser: names(),
    description: 'More names of members whose values are secrets, in any spelling.',
  },
  redactionKeptKeys: {
    env: 'REFOLD_REDACTION_KEPT_KEYS',
    parser: names(),
    description: 'Names of members that are kept as they are, with everything in them.',
  },
  redactionPrefixes: {
    env: 'REFOLD_REDACTION_PREFIXES',
    parser: list(pattern(SECRET_PREFIX, '3-32 characters of A-Z a-z 0-9 _ . -')),
    description: 'What your own keys begin with; 8 or more letters, digits, _ or - must follow.',
  },
} as const satisfies Record<string, Setting>;

/** What {@link redactionSettings} say. */
export interface RedactionConfig {
  redaction: RedactionMode;
  redactionKeys?: readonly string[] | undefined;
  redactionKeptKeys?: readonly string[] | undefined;
  redactionPrefixes?: readonly string[] | undefined;
}

/** The policy of a process. */
export const redactionOf = (config: RedactionConfig): RedactionPolicy =>
  createRedactionPolicy({
    mode: config.redaction,
    extraKeys: config.redactionKeys ?? [],
    keptKeys: config.redactionKeptKeys ?? [],
    prefixes: config.redactionPrefixes ?? [],
  });
