import { emails } from './detectors/emails.js';
import { headers } from './detectors/headers.js';
import { jsonWebTokens } from './detectors/json-web-tokens.js';
import { paymentCards, socialSecurityNumbers } from './detectors/digit-groups.js';
import { phones } from './detectors/phones.js';
import { privateKeys } from './detectors/private-keys.js';
import { urlPasswords } from './detectors/url-passwords.js';
import { prefixedKeys, vendorKeys } from './detectors/vendor-keys.js';
import type { Count, Detector } from './kinds.js';
import { MARK, marksOf } from './marks.js';

/** Replaces what a text holds; the same text when it holds nothing. */
export type TextRedactor = (text: string, count: Count) => string;

/** Shorter texts hold nothing: `a@b.co` is the shortest that does. */
const SHORTEST = 6;

/** Every pass but the last has replaced something; texts that need more than two are made to. */
const PASSES_MAX = 16;

/** What every key of an issuer, every token and every private key has. */
const KEY_MARK =
  /eyJ|sk[-_]|[rs]k_|gh[oprsu]_|_pat_|gl(?:pat|ptt|dt|rt)-|xox|xapp-|A[KS]IA|AIza|GOCSPX|ya29|npm_|pypi-|hf_|SG\.|do[opr]_v|shp|rfk_|whsec|PRIVATE KEY|hooks\.slack/;
const SCHEME_MARK = /bearer|basic|cookie/i;
/** Credentials of HTTP have a digit, capitals inside, or the sign of a cookie. */
const SCHEME_NEEDS = MARK.digit | MARK.camel | MARK.assigns | MARK.long;
const DIGITS_MARK = /(?:\d[ .()-]{0,2}){8}\d/;

/** Looks for whole kinds of findings first: most texts hold none, and finding that out must be cheap. */
export function textRedactor(
  named: Detector,
  prefixes: readonly string[],
  personal: boolean,
): TextRedactor {
  const own = prefixes.length === 0 ? null : prefixedKeys(prefixes);
  const once: TextRedactor = (text, count) => {
    if (text.length < SHORTEST) return text;
    const marks = marksOf(text);
    if (marks === 0) return text;
    let redacted = text;
    if ((marks & MARK.long) !== 0 && KEY_MARK.test(text)) {
      redacted = vendorKeys(jsonWebTokens(privateKeys(redacted, count), count), count);
    }
    if (own !== null) redacted = own(redacted, count);
    if ((marks & MARK.at) !== 0) redacted = urlPasswords(redacted, count);
    if ((marks & SCHEME_NEEDS) !== 0 && SCHEME_MARK.test(redacted))
      redacted = headers(redacted, count);
    if ((marks & MARK.assigns) !== 0) redacted = named(redacted, count);
    if (!personal) return redacted;
    if ((marks & MARK.at) !== 0) redacted = emails(redacted, count);
    if ((marks & MARK.digits) === 0 || !DIGITS_MARK.test(redacted)) return redacted;
    return phones(socialSecurityNumbers(paymentCards(redacted, count), count), count);
  };
  return (text, count) => {
    let redacted = once(text, count);
    // What was replaced may have hidden what stood beside it: `a@b.ie:c@d.io` shows its first address
    // only when the second is gone. So the result is looked at again until nothing changes in it.
    for (let last = text, times = 1; redacted !== last && times < PASSES_MAX; times++) {
      last = redacted;
      redacted = once(last, count);
    }
    return redacted;
  };
}
