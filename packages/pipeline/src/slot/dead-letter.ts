/** A record that could not be folded, with what is needed to look at it later. */
export interface DeadLetter {
  topic: string;
  partition: number;
  offset: number;
  reason: string;
  key: string | null;
  value: string | null;
  timestamp: number;
  /**
   * UTF-8 bytes that the texts had which stand here cut, or not at all. The record itself is whole at
   * its place on its topic.
   */
  cut?: CutTexts;
}

type CutTexts = { [text in 'reason' | 'key' | 'value']?: number };

/** Most bytes of a letter's JSON text: well below what a topic takes for one record. */
export const LETTER_BYTES_MAX = 262_144;

/** Most bytes that a reason, or a key, has in JSON. */
export const LETTER_TEXT_BYTES_MAX = 1_024;

/** What the value leaves to the rest: both texts, a topic's name, places and marks. */
const REST_BYTES = 4_096;

const SHORT_ESCAPES = new Set([...'"\\\b\t\n\f\r'].map((char) => char.charCodeAt(0)));

/** UTF-8 bytes of a code point in a JSON text; a lone surrogate is escaped. */
function jsonBytesOf(code: number): number {
  if (SHORT_ESCAPES.has(code)) return 2;
  if (code < 0x20 || (code >= 0xd800 && code <= 0xdfff)) return 6;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

/** The longest beginning of `text` that has at most `max` bytes in JSON, quotes left out. */
function beginningOf(text: string, max: number): string {
  let bytes = 0;
  for (let at = 0; at < text.length;) {
    const code = text.codePointAt(at) ?? 0;
    bytes += jsonBytesOf(code);
    if (bytes > max) return text.slice(0, at);
    at += code > 0xffff ? 2 : 1;
  }
  return text;
}

/** The letter with its texts cut so that its JSON has at most {@link LETTER_BYTES_MAX} bytes. */
export function cutLetter(letter: DeadLetter): DeadLetter {
  const cut: CutTexts = { ...letter.cut };
  const shorten = (name: keyof CutTexts, text: string, max: number): string => {
    const kept = beginningOf(text, max);
    if (kept.length < text.length) cut[name] ??= Buffer.byteLength(text);
    return kept;
  };
  const { reason, key, value } = letter;
  const fitting: DeadLetter = {
    ...letter,
    reason: shorten('reason', reason, LETTER_TEXT_BYTES_MAX),
    key: key === null ? null : shorten('key', key, LETTER_TEXT_BYTES_MAX),
    value: value === null ? null : shorten('value', value, LETTER_BYTES_MAX - REST_BYTES),
  };
  return Object.keys(cut).length === 0 ? fitting : { ...fitting, cut };
}

/** The letter as it waits where many do: without key and value. */
export function withoutTexts(letter: DeadLetter): DeadLetter {
  const { key, value } = letter;
  const cut: CutTexts = { ...letter.cut };
  if (key !== null) cut.key ??= Buffer.byteLength(key);
  if (value !== null) cut.value ??= Buffer.byteLength(value);
  const bare: DeadLetter = { ...letter, key: null, value: null };
  return Object.keys(cut).length === 0 ? bare : { ...bare, cut };
}
