import type { Verdict } from '@refold/contracts';
import { contentDigest, contentText, decide, evolve } from '@refold/domain';
import type {
  Claim,
  Decision,
  FoldedEvent,
  Judged,
  Rules,
  StreamState,
  View,
} from '@refold/domain';
import { findAccepted } from '../slot/cached-stream.js';
import type { CachedStream } from '../slot/cached-stream.js';
import { LAPSE_MS } from '../slot/refusals.js';
import type { Refusal } from '../slot/refusals.js';
import type { StreamDocument } from '../slot/stream-document.js';
import type { CutWriter } from './cut-writer.js';
import { messageOf, noteViewFault } from './touched-stream.js';
import { contentOf, firstContent } from './fold-context.js';
import type { FoldContext, JudgedContent } from './fold-context.js';

const FORBIDDEN: Verdict = { kind: 'rejected', code: 'forbidden', detail: {}, replayed: false };

/**
 * Judges one claim by the rules of its offset and folds it in. Null: it was judged before (its offset is below the stream's
 * `next`), which happens when a checkpoint is lost while documents survive.
 */
export function judgeClaim(
  context: FoldContext,
  cut: CutWriter,
  stream: CachedStream,
  claim: Claim,
  rules: Rules,
): Verdict | null {
  const { document } = stream;
  if (document !== null && claim.offset < document.next) return null;
  const state = document?.state ?? null;
  if (document?.parked != null) {
    // Whose stream it is stands, so a stranger learns no more of it than of any other.
    if (state !== null && !rules.mayClaim(state.owner, claim)) return FORBIDDEN;
    return countParked(stream, document, cut, claim);
  }
  const judged = judgedOf(context, stream, claim, state);
  try {
    const isSkipped = context.cache.skips.has(claim.offset, claim.identity);
    const decision = decide(rules, state, claim, judged, isSkipped);
    if (decision.kind !== 'accepted') {
      return refuseOrRepeat(context, stream, cut, claim, decision);
    }
    const evolved = evolve(rules, state, claim, decision.status);
    return accept(context, stream, cut, claim, rules, evolved);
  } catch (error) {
    return park(context, stream, cut, claim, messageOf(error));
  }
}

function judgedOf(
  context: FoldContext,
  stream: CachedStream,
  claim: Claim,
  state: StreamState | null,
): Judged | null {
  const time = Math.max(context.cache.time, claim.appendTime);
  const refusal = context.cache.refusals.find(claim.identity, time, claim.offset);
  if (refusal !== null) return judgedRefusal(claim, refusal);
  if (state === null) return null;
  const seq = findAccepted(stream, claim.identity) ?? findTransient(stream, claim.identity, time);
  if (seq === undefined) return null;
  const first = firstContent(context, stream.subject, seq, claim.identity);
  return {
    first: { seq, status: state.status, recordedAt: first.recordedAt },
    sameContent: contentText(contentFields(stream.subject, first)) === textOf(stream, claim),
  };
}

const contentFields = (subject: string, content: JudgedContent) => ({
  type: content.type,
  subject,
  schemaVersion: content.schemaVersion,
  data: content.data,
  expectedSeq: content.expectedSeq,
});

const textOf = (stream: CachedStream, claim: Claim): string =>
  contentText(contentFields(stream.subject, contentOf(claim, 0)));

const digestOf = (claim: Claim): string =>
  contentDigest(contentFields(claim.subject, contentOf(claim, 0)));

const judgedRefusal = (claim: Claim, refusal: Refusal): Judged => ({
  first: { code: refusal.code, detail: refusal.detail },
  sameContent: refusal.content === digestOf(claim),
});

function findTransient(stream: CachedStream, identity: string, time: number): number | undefined {
  const entry = stream.transients.get(identity);
  return entry === undefined || time - entry.time >= LAPSE_MS ? undefined : entry.seq;
}

function accept(
  context: FoldContext,
  stream: CachedStream,
  cut: CutWriter,
  claim: Claim,
  rules: Rules,
  evolved: { state: StreamState; event: FoldedEvent },
): Verdict {
  const { state, event } = evolved;
  const touched = cut.touch(stream);
  const document: StreamDocument = (stream.document ??= newDocument(context, claim));
  document.state = state;
  document.next = claim.offset + 1;
  foldViews(context.cache.viewsFor(stream), stream, document, evolved, claim.offset);
  cut.grewBy(touched.addEvent(document, event, claim));
  if (rules.transient.has(claim.type)) {
    const time = Math.max(context.cache.time, claim.appendTime);
    context.cache.grew(touched.registerTransient(document, event.seq, claim.identity, time));
  } else {
    touched.register(event.seq, claim.identity);
    context.cache.grew(1);
  }
  return { kind: 'accepted', seq: event.seq, status: state.status, recorded_at: event.recordedAt };
}

/** A stream begins at the first refusal that its claims, from there on, depend on. */
function newDocument(
  { cache }: FoldContext,
  { subject, offset, appendTime }: Claim,
): StreamDocument {
  const time = Math.max(cache.time, appendTime);
  const first = cache.refusals.beginning(subject, { offset, time });
  const isKnown = cache.refusals.standing(null, time, offset).size === 0;
  return {
    state: null,
    views: {},
    first: first.offset,
    next: offset,
    firstTime: isKnown ? first.time : null,
    incarnation: cache.incarnation,
    parked: null,
    viewFaults: [],
    transientDays: [],
    carried: cache.beginBy.get(subject) ?? null,
  };
}

/** A view that throws stands still from here on; the verdict is given all the same. */
function foldViews(
  views: readonly View[],
  stream: CachedStream,
  document: StreamDocument,
  { state, event }: { state: StreamState; event: FoldedEvent },
  offset: number,
): void {
  for (const view of views) {
    if (document.viewFaults.some((fault) => fault.view === view.name)) continue;
    try {
      const before = document.views[view.name] ?? view.initial(stream.streamId);
      document.views[view.name] = view.evolve(before, event, state);
    } catch (error) {
      noteViewFault(document, view.name, offset, error);
    }
  }
}

function refuseOrRepeat(
  context: FoldContext,
  stream: CachedStream,
  cut: CutWriter,
  claim: Claim,
  decision: Exclude<Decision, { kind: 'accepted' }>,
): Verdict {
  if (decision.kind === 'duplicate') {
    const { seq, status, recordedAt } = decision;
    return { kind: 'duplicate', seq, status, recorded_at: recordedAt };
  }
  const { code, detail, replayed } = decision;
  const isFirst = !replayed && code !== 'forbidden' && code !== 'idempotency_conflict';
  const time = Math.max(context.cache.time, claim.appendTime);
  if (isFirst) {
    const { offset, subject } = claim;
    const refusal = { offset, time, code, detail, content: digestOf(claim), subject };
    cut.addRefusal(claim.identity, refusal);
  } else if (stream.document === null) cut.meetRefusal(claim.identity, time, claim.offset);
  return { kind: 'rejected', code, detail, replayed };
}

function park(
  context: FoldContext,
  stream: CachedStream,
  cut: CutWriter,
  claim: Claim,
  error: string,
): Verdict {
  cut.touch(stream);
  const document = (stream.document ??= newDocument(context, claim));
  const { offset, appendTime: time } = claim;
  document.parked = { offset, time, error, count: 0, last: offset };
  return { kind: 'parked', error };
}

function countParked(
  stream: CachedStream,
  document: StreamDocument,
  cut: CutWriter,
  claim: Claim,
): Verdict {
  cut.touch(stream);
  const parked = document.parked;
  if (parked === null) throw new Error(`${stream.subject} is not parked`);
  if (claim.offset > parked.last) {
    document.parked = { ...parked, count: parked.count + 1, last: claim.offset };
  }
  return { kind: 'parked', error: parked.error };
}
