import { PLACEHOLDERS, type Detector } from '../kinds.js';

const BEGIN = /-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----/g;
const END_MARK = '-----END ';
const END = /-----END [A-Z0-9 ]{0,40}-----/y;

/** The lines of a key whose end was cut off; a line break may be written as an escape. */
const OPEN_BODY = /(?:(?:\s|\\+[nr])+[A-Za-z0-9+/=]{16,})*/y;

function endOf(text: string, from: number, endAt: number): number {
  if (endAt !== -1) {
    END.lastIndex = endAt;
    if (END.test(text)) return END.lastIndex;
  }
  OPEN_BODY.lastIndex = from;
  OPEN_BODY.test(text);
  return OPEN_BODY.lastIndex;
}

/** Private keys in PEM, from the first line to the last, also with escaped line breaks or cut off. */
export const privateKeys: Detector = (text, count) => {
  let redacted = '';
  let kept = 0;
  let endAt = 0;
  BEGIN.lastIndex = 0;
  for (let begin = BEGIN.exec(text); begin !== null; begin = BEGIN.exec(text)) {
    const body = BEGIN.lastIndex;
    // Asked again only when passed: a text of many beginnings and no end is read once.
    if (endAt !== -1 && endAt < body) endAt = text.indexOf(END_MARK, body);
    redacted += text.slice(kept, begin.index) + PLACEHOLDERS.any;
    kept = endOf(text, body, endAt);
    BEGIN.lastIndex = kept;
    count('private_key');
  }
  return kept === 0 ? text : redacted + text.slice(kept);
};
