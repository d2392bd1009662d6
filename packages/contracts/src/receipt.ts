import { Buffer } from 'node:buffer';
import { z } from 'zod';

const receiptSchema = z.tuple([
  z.literal(1),
  z.string().min(3).max(160),
  z.string().min(1).max(256),
  z.int().min(0).nullable(),
  z.int().min(0).nullable(),
]);

/** What an answer leaves in the caller's hands: enough to ask later what became of the claim. */
export interface Receipt {
  /** `run/…` */
  subject: string;
  eventId: string;
  /** Where the record landed; null: it was not known. */
  partition: number | null;
  offset: number | null;
}

/** The receipt as opaque text, safe in a URL. */
export const formatReceipt = (receipt: Receipt): string =>
  Buffer.from(
    JSON.stringify([1, receipt.subject, receipt.eventId, receipt.partition, receipt.offset]),
  ).toString('base64url');

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Reads a receipt; null for any text that {@link formatReceipt} cannot have written. */
export function parseReceipt(text: string): Receipt | null {
  const parsed = receiptSchema.safeParse(
    parseJson(Buffer.from(text, 'base64url').toString('utf8')),
  );
  if (!parsed.success) return null;
  const [, subject, eventId, partition, offset] = parsed.data;
  const receipt = { subject, eventId, partition, offset };
  return formatReceipt(receipt) === text ? receipt : null;
}
