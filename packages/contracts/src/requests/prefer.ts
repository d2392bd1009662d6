/** What the caller prefers (RFC 7240). */
export interface Preference {
  /** `respond-async`: answer 202 as soon as the event is stored. */
  respondAsync: boolean;
  /** `wait=N`: wait at most this many milliseconds for the verdict. */
  waitMs: number | null;
}

/** One preference with its parameters, up to a comma that is not quoted. No text is read twice. */
const ELEMENT = /(?:[^",]|"(?:[^"\\]|\\.)*")*/y;

/** The preference itself, up to its parameters. */
const PREFERENCE =
  /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[!#$%&'*+.^_`|~0-9A-Za-z-]*))?\s*(?:;|$)/;

const unquote = (text: string): string =>
  text.startsWith('"') ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text;

/** Preferences by lower-case name; the first of a name counts, and what follows a syntax error does not. */
function preferencesOf(header: string): Map<string, string> {
  const preferences = new Map<string, string>();
  for (let at = 0; at < header.length;) {
    ELEMENT.lastIndex = at;
    const element = ELEMENT.exec(header)?.[0] ?? '';
    const end = at + element.length;
    const match = PREFERENCE.exec(element.trim());
    if (match === null || (end < header.length && header[end] !== ',')) break;
    const name = (match[1] ?? '').toLowerCase();
    if (!preferences.has(name)) preferences.set(name, unquote(match[2] ?? ''));
    at = end + 1;
  }
  return preferences;
}

/**
 * Reads the Prefer header; several of them are read in order. As the RFC demands, preferences that
 * are unknown or malformed count as not there.
 */
export function parsePrefer(header: string | readonly string[] | undefined): Preference {
  // What nearly every caller that prefers anything sends.
  if (header === 'respond-async') return { respondAsync: true, waitMs: null };
  const text = typeof header === 'string' ? header : (header ?? []).join(',');
  const preferences = preferencesOf(text);
  const wait = preferences.get('wait') ?? '';
  return {
    respondAsync: preferences.get('respond-async') === '',
    waitMs: /^\d{1,6}$/.test(wait) ? Number(wait) * 1_000 : null,
  };
}
