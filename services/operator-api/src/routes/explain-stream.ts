import {
  explainQuery,
  parseSubject,
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
} from '@refold/pipeline';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedMembers, invalidRequest, timeText } from '@refold/serving';
import { checkUnbound } from '../found-operation.js';
import type { Operating } from '../operating.js';

const cursorText = (offset: number): string => Buffer.from(`${offset}`).toString('base64url');

/** @throws ProblemError for a text that {@link cursorText} cannot have written. */
function cursorOf(text: string): number {
  const [, offset] = /^(\d{1,16})$/.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  if (offset !== undefined && cursorText(Number(offset)) === text) return Number(offset);
  throw invalidRequest([{ field: 'cursor', expected: 'a next_cursor exactly as it was returned' }]);
}

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

const recordOf =
  (partition: number) =>
  ({
    offset,
    timestamp,
    bytes,
    claim,
    decider,
    verdict,
  }: ExplainedRecord): ExplainedRecordReply => ({
    partition,
    offset,
    recorded_at: timeText(timestamp),
    bytes,
    event_id: claim?.id ?? null,
    source: claim?.source ?? null,
    event_type: claim?.type ?? null,
    schema_version: claim?.schemaVersion ?? null,
    expected_seq: claim?.expectedSeq ?? null,
    principal: claim?.principal ?? null,
    rules_version: decider,
    ...saidOf(verdict),
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
    next_cursor: hasMore && last !== undefined ? cursorText(last.offset) : null,
  };
}

/** `GET /internal/v1/explanations`: judged once more from the log; nothing is written. */
export function explainStreamRoute(app: HttpServer, operating: Operating): void {
  const { log, store, rulebook, projections } = operating;
  app.get(`${API_ROOT}/explanations`, async (call, reply) => {
    checkUnbound(call.caller);
    const { subject, limit, cursor } = checkedMembers(explainQuery, call.query);
    const after = cursor === undefined ? null : cursorOf(cursor);
    const kind = parseSubject(subject)?.kind ?? 'run';
    const projection = projections[`${kind}s`];
    const ports = { log, store, rulebook };
    const turn = operating.inTurn(() =>
      explainStream(ports, projection, { subject, after, limit }),
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
