/** White space as `trim` takes it, spelt out: other languages mean other characters by `\s`. */
export const SPACES =
  '\\t-\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff';

/** Regular expressions for descriptions: what `text.trim() !== ''` says. */
export const NOT_BLANK = `[^${SPACES}]`;

/** What `text.trim() === ''` says. */
export const ONLY_BLANK = `^[${SPACES}]*$`;

/** A text that begins as a pattern says once it is trimmed. */
export const beginning = (pattern: string): string => `^[${SPACES}]*(?:${pattern})`;

/** A text that is one of a pattern's once it is trimmed. */
export const trimmed = (pattern: string): string => `^[${SPACES}]*(?:${pattern})[${SPACES}]*$`;
