import type { Kind, Placeholder } from './kinds.js';
import { PLACEHOLDERS } from './kinds.js';

/** What the name of a member says about its value. */
export interface Meaning {
  kind: Kind;
  placeholder: Placeholder;
  /** True: a number under this name is no count, and is replaced too. */
  takesNumbers: boolean;
  /** True: objects and lists are replaced whole; else what they hold is looked at by itself. */
  takesHolders: boolean;
  /** Which texts under this name are meant; all of them when absent. */
  takes?: RegExp;
}

const meaning = (kind: Kind, placeholder: Placeholder, rest: Partial<Meaning> = {}): Meaning => ({
  kind,
  placeholder,
  takesNumbers: true,
  takesHolders: true,
  ...rest,
});

const SECRET = meaning('named_secret', PLACEHOLDERS.any);
/** A number beside a token is a count: `max_token`, `cost_per_token`. */
const TOKEN = meaning('named_secret', PLACEHOLDERS.any, { takesNumbers: false });
const EMAIL = meaning('named_personal', PLACEHOLDERS.email, {
  takesNumbers: false,
  takesHolders: false,
});
const PHONE = meaning('named_personal', PLACEHOLDERS.phone, { takesHolders: false });
const PERSONAL = meaning('named_personal', PLACEHOLDERS.any);
/** A street address has blanks; `127.0.0.1:4100` and `0x7f` have none. */
const ADDRESS = meaning('named_personal', PLACEHOLDERS.any, {
  takesNumbers: false,
  takes: /\S\s+\S/,
});
/** Not the name of an archive. */
const POSTAL_CODE = meaning('named_personal', PLACEHOLDERS.any, {
  takes: /^(?=.{0,11}\d)[A-Za-z0-9][A-Za-z0-9 -]{2,11}$/,
});

const EXACT: ReadonlyMap<string, Meaning> = new Map([
  ...[
    'authorization',
    'proxy_authorization',
    'cookie',
    'set_cookie',
    'password',
    'passwd',
    'passphrase',
    'passcode',
    'secret',
    'client_secret',
    'api_key',
    'apikey',
    'x_api_key',
    'admin_key',
    'access_key',
    'secret_key',
    'private_key',
    'signing_key',
    'encryption_key',
    'account_key',
  ].map((name) => [name, SECRET] as const),
  ['token', TOKEN],
  ['email', EMAIL],
  ['e_mail', EMAIL],
  ['email_address', EMAIL],
  ['phone', PHONE],
  ['phone_number', PHONE],
  ['address', ADDRESS],
  ['street_address', ADDRESS],
  ['home_address', ADDRESS],
  ['billing_address', ADDRESS],
  ['shipping_address', ADDRESS],
  ['street', ADDRESS],
  ['postal_code', POSTAL_CODE],
  ['postcode', POSTAL_CODE],
  ['zip', POSTAL_CODE],
  ['zip_code', POSTAL_CODE],
  ['ssn', PERSONAL],
  ['social_security_number', PERSONAL],
  ['card_number', PERSONAL],
  ['credit_card_number', PERSONAL],
  ['cvv', PERSONAL],
  ['cvc', PERSONAL],
]);

const SECRET_SUFFIX =
  /_(?:secret|password|passwd|passphrase|api_key|apikey|admin_key|access_key|secret_key|private_key|signing_key|encryption_key|account_key)$/;

/** The last two words of a name, when the last one is `token`. */
const TOKEN_SUFFIX = /(?:^|_)([a-z0-9]+)_token$/;

/** What such a token is instead of a secret: a place in a list, or a piece of a model's vocabulary. */
const HARMLESS_TOKENS = new Set([
  ...['page', 'next', 'prev', 'previous', 'continuation', 'cursor', 'cancellation'],
  ...['bos', 'eos', 'pad', 'unk', 'sep', 'cls', 'mask', 'special', 'start', 'end', 'stop', 'eot'],
  ...['first', 'last', 'added', 'per', 'max', 'min', 'input', 'output', 'prompt', 'completion'],
]);

/** Longer names than any in the tables: only their end is looked at. */
const NAME_END = 128;

/**
 * The form in which names are compared: lower case, words joined by `_`. `accessToken`, `x-api-key`
 * and `API Key` become `access_token`, `x_api_key` and `api_key`.
 */
export const plainName = (name: string): string =>
  name
    .slice(-NAME_END)
    .trim()
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_')
    .replaceAll(/[\s._-]+/g, '_')
    .replaceAll(/^_|_$/g, '')
    .toLowerCase();

const isPersonal = ({ kind }: Meaning): boolean => kind === 'named_personal';

/**
 * What a name says about its value; null when it says nothing.
 * @param plain The name as {@link plainName} gives it. @param personal Whether personal data counts.
 */
export function meaningOf(plain: string, personal: boolean): Meaning | null {
  const exact = EXACT.get(plain);
  if (exact !== undefined) return isPersonal(exact) && !personal ? null : exact;
  if (SECRET_SUFFIX.test(plain)) return SECRET;
  const word = TOKEN_SUFFIX.exec(plain)?.[1];
  return word === undefined || HARMLESS_TOKENS.has(word) ? null : TOKEN;
}

/** What a name means that an operator added. */
export const ADDED_MEANING = SECRET;
