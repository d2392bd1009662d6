import {
  parseSubject,
  ProblemError,
  problemOfRefusal,
  type ReceiptStatusReply,
  type StreamKind,
} from '@refold/contracts';
import { decodeReceipt, judgementOf, type Receipt, type ReceiptState } from '@refold/pipeline';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkNamed, isLimited, maySee, timeText } from '@refold/serving';
import type { Caller } from '@refold/auth';
import type { Reads, Served } from '../reads.js';

/** A receipt of this installation, and what it is about. */
interface KnownReceipt {
  receipt: Receipt;
  kind: StreamKind;
  streamId: string;
  served: Served;
}

/** @throws ProblemError receipt_invalid */
function knownReceipt(reads: Reads, token: string): KnownReceipt {
  const receipt = decodeReceipt(token);
  const stream = receipt === null ? null : parseSubject(receipt.subject);
  if (receipt !== null && stream !== null) {
    const served = reads.served[stream.kind];
    const { reader } = served;
    const isHere = receipt.projection === reader.projection.name;
    if (isHere && receipt.partition === reader.partitionOf(stream.streamId)) {
      return { receipt, ...stream, served };
    }
  }
  throw new ProblemError('receipt_invalid', {
    detail: 'The receipt was not issued by this installation, or it was changed on the way.',
  });
}

/** Refusals of claims by somebody else are not kept, so that a stranger cannot fill the store. */
const UNKNOWN =
  'It was judged, and no verdict is kept: refused as forbidden, or refused so long ago that it lapsed.';

const REFUSED: ReceiptState = { state: 'rejected', code: 'not_found', detail: {} };

/**
 * What a receipt tells a caller of a stream that is not its own: the same as of one that does not exist, whoever
 * made the receipt up. Null: the stream is its own, or it may see all.
 */
async function judgedUnseen(
  caller: Caller | null,
  { receipt, kind, streamId, served }: KnownReceipt,
): Promise<ReceiptState | null> {
  if (!isLimited(caller)) return null;
  const { document, position } = await served.reader.document(kind, streamId);
  const state = document?.state ?? null;
  if (state !== null && maySee(caller, kind, state.owner)) return null;
  const isJudged = receipt.offset === null || receipt.offset < position.next;
  return isJudged ? REFUSED : { state: 'pending' };
}

function verdictMembers(judged: ReceiptState): Partial<ReceiptStatusReply> {
  switch (judged.state) {
    case 'accepted':
      return {
        seq: judged.seq,
        recorded_at: timeText(judged.recordedAt),
        idempotent_replay: judged.replayed,
      };
    case 'rejected':
      return { problem: problemOfRefusal(judged.code, judged.detail).document() };
    case 'parked':
      return { reason: judged.error };
    case 'dead_letter':
      return { reason: judged.reason };
    case 'unknown':
      return { reason: UNKNOWN };
    case 'pending':
      return {};
  }
}

/** `GET /internal/v1/receipts/:receipt`: what became of a claim that was answered with 202. */
export function claimReceiptsRoute(app: HttpServer, reads: Reads): void {
  app.get(`${API_ROOT}/receipts/:receipt`, async (call, reply) => {
    const { receipt: token = '' } = call.params as Record<string, string>;
    const { receipt, kind, streamId, served } = knownReceipt(reads, token);
    checkNamed(call.caller, kind, streamId);
    const judged =
      (await judgedUnseen(call.caller, { receipt, kind, streamId, served })) ??
      (await judgementOf(served.reader.live, receipt));
    const body: ReceiptStatusReply = {
      state: judged.state,
      stream: { kind, id: streamId },
      event_id: receipt.eventId,
      ...verdictMembers(judged),
      partition: receipt.partition,
      offset: receipt.offset,
    };
    return reply.header('cache-control', 'no-store').send(body);
  });
}
