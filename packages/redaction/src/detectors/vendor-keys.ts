import { PLACEHOLDERS, type Detector } from '../kinds.js';
import { WORD_BEGINS } from './boundary.js';

/**
 * Keys that name their issuer. Each pattern ends with everything up to the end of the word, so that
 * no rest of a key is left over.
 */
const FORMS = [
  // OpenAI, Anthropic and those that took their form; judged again by `isRandom`.
  String.raw`sk-[\w-]{20,}`,
  // Stripe: secret and restricted keys, and what signs its webhooks.
  String.raw`[rs]k_(?:live|test)_[A-Za-z0-9]{10,}\w*`,
  String.raw`whsec_[A-Za-z0-9+/]{24,}[\w=]*`,
  // GitHub and GitLab.
  String.raw`gh[oprsu]_[A-Za-z0-9]{30,}\w*`,
  String.raw`github_pat_\w{22,}`,
  String.raw`gl(?:pat|ptt|dt|rt)-[\w-]{20,}`,
  // Slack.
  String.raw`xox[a-z](?:\.xox[a-z])?-[\w-]{10,}`,
  String.raw`xapp-\d-[\w-]{10,}`,
  // Amazon: the ID of a key.
  String.raw`A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9_])`,
  // Google: API keys, OAuth secrets and tokens.
  String.raw`AIza[\w-]{35,}`,
  String.raw`GOCSPX-[\w-]{20,}`,
  String.raw`ya29\.[\w-]{20,}`,
  // Registries and hubs.
  String.raw`npm_[A-Za-z0-9]{36,}\w*`,
  String.raw`pypi-[\w-]{50,}`,
  String.raw`hf_[A-Za-z0-9]{30,}\w*`,
  // SendGrid, DigitalOcean, Shopify.
  String.raw`SG\.[\w-]{16,}\.[\w-]{16,}`,
  String.raw`do[opr]_v1_[a-f0-9]{64}\w*`,
  String.raw`shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\w*`,
  // Ours.
  String.raw`rfk_[A-Za-z0-9][A-Za-z0-9.-]{0,63}_[\w-]{16,}`,
];

const KEY = new RegExp(`${WORD_BEGINS}(?:${FORMS.join('|')})`, 'g');
const AMAZON_ID = new RegExp(String.raw`${WORD_BEGINS}A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9_])`);
/** Forty of the Base64 alphabet: what Amazon's secrets are, and what hexadecimal digests are too. */
const AMAZON_SECRET = /(?<![\w/+=])[A-Za-z0-9/+]{40}(?![\w/+=])/g;
const SLACK_HOOK = /(hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/-]{16,}/g;

const hasAll = (text: string): boolean =>
  /\d/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text);

/** Style sheets of scikit-learn name their classes `sk-…`: lower-case words joined by hyphens. */
const isRandom = (key: string): boolean =>
  hasAll(key.slice(3)) ||
  key.split(/[-_]/).some((part) => part.length >= 16 && /\d/.test(part) && /[a-z]/i.test(part));

/** API keys that begin with a mark of their issuer, and Amazon's secrets in the same text as their ID. */
export const vendorKeys: Detector = (text, count) => {
  const found = (): string => {
    count('vendor_key');
    return PLACEHOLDERS.any;
  };
  const besideAmazonId = text.includes('IA') && AMAZON_ID.test(text);
  let redacted = text.replace(KEY, (key) =>
    key.startsWith('sk-') && !isRandom(key) ? key : found(),
  );
  if (besideAmazonId) {
    redacted = redacted.replace(AMAZON_SECRET, (key) => (hasAll(key) ? found() : key));
  }
  return redacted.replace(SLACK_HOOK, (_hook, place: string) => place + found());
};

/** A prefix that an operator named, followed by at least eight more of letters, digits, `_` and `-`. */
export function prefixedKeys(prefixes: readonly string[]): Detector {
  const any = prefixes.map((prefix) => prefix.replaceAll(/[^A-Za-z0-9_]/g, String.raw`\$&`));
  const key = new RegExp(String.raw`${WORD_BEGINS}(?:${any.join('|')})[\w-]{8,}`, 'g');
  return (text, count) =>
    text.replace(key, () => {
      count('vendor_key');
      return PLACEHOLDERS.any;
    });
}
