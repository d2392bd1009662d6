import {
  parseSubject,
  ProblemError,
  problemOfRefusal,
  type ReceiptStatusReply,
  type StreamKind,
} from '@refold/contracts';
import { decodeReceipt, judgementOf, type Receipt, type ReceiptState } from '@refold/pipeline';
import type { HttpServer } from '@refold/service';
import { API_ROOT, timeText } from '@refold/serving';
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
    const judged = await judgementOf(reads.store, served.reader.projection, receipt);
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
