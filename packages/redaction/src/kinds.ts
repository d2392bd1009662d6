/** What a finding was. Counted, and never shown together with what was found. */
export const KINDS = [
  'named_secret',
  'named_personal',
  'private_key',
  'jwt',
  'vendor_key',
  'url_password',
  'header',
  'assignment',
  'email',
  'card',
  'ssn',
  'phone',
] as const;
export type Kind = (typeof KINDS)[number];

/** How many of each kind were replaced; a kind that was not found is absent. */
export type KindCounts = ReadonlyMap<Kind, number>;

/** What stands where something was taken out. */
export const PLACEHOLDERS = {
  any: '[REDACTED]',
  email: '[REDACTED_EMAIL]',
  phone: '[REDACTED_PHONE]',
} as const;
export type Placeholder = (typeof PLACEHOLDERS)[keyof typeof PLACEHOLDERS];

const PLACEHOLDER = /^(?:[A-Za-z]{1,16} )?\[REDACTED(?:_EMAIL|_PHONE)?\]$/;

/** A text that says nothing but that something was taken out. */
export const isPlaceholder = (text: string): boolean => PLACEHOLDER.test(text);

/** Where detectors count what they replace. */
export type Count = (kind: Kind) => void;

/**
 * Replaces what one kind of secret looks like. Linear in the length of the text, whatever it holds.
 * A replaced span ends where a word ends, so that nothing next to it looks different afterwards.
 */
export type Detector = (text: string, count: Count) => string;
