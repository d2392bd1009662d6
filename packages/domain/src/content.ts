import { canonicalJson, jsonText, type JsonValue } from '@refold/contracts';
import { xxHash64 } from './xx-hash.js';

/** What makes two claims of one identity the same claim; nothing else counts. */
export interface Content {
  type: string;
  subject: string;
  schemaVersion: number;
  data: JsonValue;
  expectedSeq: number | null;
}

/** Canonical text of a content: equal contents have equal texts, whatever the order of members. */
export const contentText = (content: Content): string =>
  `[${jsonText(content.type)},${jsonText(content.subject)},${content.schemaVersion},` +
  `${content.expectedSeq}]\n${canonicalJson(content.data)}`;

/** 64 bits of {@link contentText}, 16 hex digits: what a refusal keeps of its claim. */
export const contentDigest = (content: Content): string => xxHash64(contentText(content));
