import { isPlaceholder, PLACEHOLDERS, type Detector } from '../kinds.js';
import { isTemplate } from './template.js';

const AUTHORITY = '://';
/** User and password of a URL; a password may hold an @ that was not encoded. */
const USER_INFO = /([^\s/?#:@"'<>\\`]{0,256}):([^\s/?#"'<>\\`]{1,512})@/y;

/** Passwords in URLs; what else the URL says stays. */
export const urlPasswords: Detector = (text, count) => {
  let redacted = '';
  let kept = 0;
  for (let at = text.indexOf(AUTHORITY); at !== -1; at = text.indexOf(AUTHORITY, at + 1)) {
    USER_INFO.lastIndex = at + AUTHORITY.length;
    const [, user = '', password = ''] = USER_INFO.exec(text) ?? [];
    if (password === '' || isPlaceholder(password) || isTemplate(password)) continue;
    const from = at + AUTHORITY.length + user.length + 1;
    redacted += text.slice(kept, from) + PLACEHOLDERS.any;
    kept = from + password.length;
    count('url_password');
  }
  return kept === 0 ? text : redacted + text.slice(kept);
};
