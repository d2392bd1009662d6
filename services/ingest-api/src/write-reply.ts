import { API_ROOT, ID_MEMBER } from '@refold/serving';
import type { AppendReply, PendingReply } from '@refold/contracts';
import type { FastifyReply } from 'fastify';
import type { Command } from './command.js';
import type { Place } from './claim-receipt.js';
import type { Decided, Settled, Undecided } from './claim-answer.js';
import type { Wish } from './wish.js';

/** What a reader presents to see at least this record judged. */
export const positionAfter = ({ partition, offset }: Place): string => `${partition}:${offset + 1}`;

/** The body of `202`. */
export const pendingBody = (command: Command, settled: Undecided): PendingReply => ({
  [ID_MEMBER[command.kind]]: command.streamId,
  verdict: settled.kind,
  event_id: command.eventId,
  receipt: settled.receipt,
  position: positionAfter(settled.place),
});

/** What every decided write says. */
export const decidedMembers = (command: Command, settled: Decided) => ({
  seq: settled.seq,
  verdict: settled.replayed ? ('duplicate' as const) : ('accepted' as const),
  idempotent_replay: settled.replayed,
  event_id: command.eventId,
  recorded_at: new Date(settled.recordedAt).toISOString(),
  position: positionAfter(settled.place),
});

/** The body of `201` for a claim on a run. */
export const appendBody = (command: Command, settled: Decided): AppendReply => ({
  run_id: command.streamId,
  ...decidedMembers(command, settled),
  run: {
    id: command.streamId,
    status: settled.status as AppendReply['run']['status'],
    last_seq: settled.lastSeq,
  },
});

/**
 * Sets what every answer to a write carries: status, position, applied preference, replay mark.
 * @param decided The status where a verdict is told; else it is 202.
 */
export function setWriteHead(
  reply: FastifyReply,
  decided: 200 | 201,
  settled: Settled,
  wish: Wish,
): void {
  reply.code(settled.kind === 'decided' ? decided : 202);
  reply.header('refold-position', positionAfter(settled.place));
  if (wish.applied !== null) reply.header('preference-applied', wish.applied);
  if (settled.kind === 'decided') {
    if (settled.replayed) reply.header('idempotency-replayed', 'true');
    return;
  }
  reply.header('location', `${API_ROOT}/receipts/${settled.receipt}`);
}
