import {
  CLAIM_SKIPPED,
  explainQuery,
  parseSubject,
  partitionOf,
  ProblemError,
  type ExplainedRecordReply,
  type ExplanationReply,
  type Verdict,
} from '@refold/contracts';
import {
  explainStream,
  LogUnavailable,
  type ExplainedRecord,
  type Explanation,
  type SaidOfClaim,
} from '@refold/pipeline';
import { placeCursorOf, placeCursorText } from '@refold/read-api';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedMembers, timeText } from '@refold/serving';
import { whenClientGoes } from '../client-gone.js';
import type { Operating } from '../operating.js';

type Said = Pick<
  ExplainedRecordReply,
  'verdict' | 'seq' | 'status' | 'code' | 'replayed' | 'detail' | 'reason'
>;

function saidOf(verdict: Verdict | null): Said {
  const said: Said = {
    verdict: verdict?.kind ?? 'unknown',
    seq: null,
    status: null,
    code: null,
    replayed: false,
    detail: null,
    reason: null,
  };
  switch (verdict?.kind) {
    case 'accepted':
    case 'duplicate':
      return { ...said, seq: verdict.seq, status: verdict.status };
    case 'rejected': {
      const { code, replayed, detail } = verdict;
      return { ...said, code, replayed, detail: { ...detail } };
    }
    case 'parked':
      return { ...said, reason: verdict.error };
    case 'dead_letter':
      return { ...said, reason: verdict.reason };
    case undefined:
      return said;
  }
}

function verdictOf({ type, void: why }: SaidOfClaim): Said['verdict'] {
  if (why !== null) return 'void';
  return type === CLAIM_SKIPPED ? 'skips' : 'withdraws';
}

const skipOf = (
  skips: ExplainedRecord['skips'],
): Pick<ExplainedRecordReply, 'skips'> & Partial<Said> =>
  skips === null
    ? { skips }
    : {
        skips: { offset: skips.offset, source: skips.source, event_id: skips.id },
        verdict: verdictOf(skips),
        reason: skips.void,
      };

const recordOf =
  (partition: number) =>
  ({
    offset,
    timestamp,
    bytes,
    claim,
    decider,
    verdict,
    skips,
    waitsBehind,
  }: ExplainedRecord): ExplainedRecordReply => ({
    partition,
    offset,
    recorded_at: timeText(timestamp),
    bytes,
    event_id: claim?.id ?? null,
    source: claim?.source ?? null,
    event_type: claim?.type ?? skips?.type ?? null,
    schema_version: claim?.schemaVersion ?? null,
    expected_seq: claim?.expectedSeq ?? null,
    principal: claim?.principal ?? null,
    rules_version: decider,
    ...saidOf(verdict),
    ...(waitsBehind === null ? {} : { reason: `waits behind offset ${waitsBehind}` }),
    ...skipOf(skips),
  });

function replyOf(explained: Explanation): ExplanationReply {
  const { subject, topic, partition, logStart, to, isWhole, records, hasMore } = explained;
  const last = records.at(-1);
  return {
    subject,
    topic,
    partition,
    log_start: logStart,
    folded_to: to,
    complete: isWhole,
    records: records.map(recordOf(partition)),
    next_cursor:
      hasMore && last !== undefined ? placeCursorText({ partition, offset: last.offset }) : null,
  };
}

/** `GET /internal/v1/explanations`: judged once more from the log; nothing is written. */
export function explainStreamRoute(app: HttpServer, operating: Operating): void {
  const { log, store, rulebook, projections } = operating;
  app.get(`${API_ROOT}/explanations`, async (call, reply) => {
    const { subject, limit, cursor } = checkedMembers(explainQuery, call.query);
    const { kind, streamId } = parseSubject(subject) ?? { kind: 'run', streamId: '' };
    const projection = projections[`${kind}s`];
    const home = partitionOf(streamId, projection.partitions);
    const after = cursor === undefined ? null : placeCursorOf(cursor, [home]).offset;
    const ports = { log, store, rulebook };
    const signal = whenClientGoes(reply);
    const turn = operating.inTurn('log', () =>
      explainStream(ports, projection, { subject, after, limit, signal }),
    );
    if (turn === null) {
      throw new ProblemError('overloaded', { detail: 'Too many plans are being made.' });
    }
    try {
      return await reply.header('cache-control', 'no-store').send(replyOf(await turn));
    } catch (error) {
      if (!(error instanceof LogUnavailable)) throw error;
      throw new ProblemError('log_unavailable', { detail: error.message, cause: error });
    }
  });
}
