import { PLACEHOLDERS, type Detector } from '../kinds.js';

/** Longest parts of an address, in UTF-16 units (RFC 5321). */
const LOCAL_MAX = 64;

const LOCAL = /[A-Za-z0-9._%+'-]/;
const DOMAIN =
  /(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9_-])/y;

/** Ends of a name after an @ that is no domain: files, units of systemd, hosts of a local net. */
const NO_DOMAIN = new RegExp(
  String.raw`(?:^\d+(?:\.\d+)*x\.|^v?\d+\.\d+|\.(?:png|jpe?g|gif|svg|webp|avif|ico|pdf|json|jsonl|jsx?|mjs|cjs|tsx?|css|scss|html?|ya?ml|toml|lock|tgz|whl|jar|exe|log|txt|csv|service|socket|timer|target|mount|slice|scope|device|local|localdomain|internal|lan|git|dot)$)`,
  'i',
);

function startOfLocal(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start < LOCAL_MAX && LOCAL.test(text[start - 1] ?? '')) start -= 1;
  // Neither a dot nor a quote opens an address.
  while (start < at && /[.'%-]/.test(text[start] ?? '')) start += 1;
  return start;
}

/** `git@host:path` and `ssh://user@host` name an account on a machine; `f@g.dot(x)` is a product. */
function isOtherThanAddress(text: string, start: number, end: number): boolean {
  if (/[(\\/]/.test(text[end] ?? '') && !/\\[nrt"']/.test(text.slice(end, end + 2))) return true;
  if (text[end] === ':' && /[\w~/.]/.test(text[end + 1] ?? '')) return true;
  return (
    text.slice(Math.max(0, start - 3), start) === '://' || text.slice(start, end).startsWith('git@')
  );
}

/** E-mail addresses of ASCII letters with a domain. */
export const emails: Detector = (text, count) => {
  let redacted = '';
  let kept = 0;
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const start = Math.max(kept, startOfLocal(text, at));
    DOMAIN.lastIndex = at + 1;
    if (start === at || !DOMAIN.test(text)) continue;
    const end = DOMAIN.lastIndex;
    if (NO_DOMAIN.test(text.slice(at + 1, end)) || isOtherThanAddress(text, start, end)) continue;
    redacted += text.slice(kept, start) + PLACEHOLDERS.email;
    kept = end;
    count('email');
  }
  return kept === 0 ? text : redacted + text.slice(kept);
};
