import { BATCH_LINES_MAX, ProblemError, type BatchReply } from '@refold/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { invalidRequest, problemOfError, type Standing } from '@refold/serving';
import type { Command } from '../command.js';
import type { Ingest } from '../ingest.js';
import type { Settled } from '../claim-answer.js';
import { headerKeyOf, wishOf } from '../wish.js';
import { positionAfter } from '../write-reply.js';
import { appendCommand } from './append-run-event.js';

type LineReply = BatchReply['results'][number];

/** One line of a batch: its JSON, or why it is none. */
type Line = { body: unknown } | { problem: ProblemError };

function parseLine(text: string): Line {
  try {
    return { body: JSON.parse(text) as unknown };
  } catch (cause) {
    const detail = `The line is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`;
    return { problem: new ProblemError('invalid_json', { detail, cause }) };
  }
}

/**
 * The texts of a batch. Of one that is too long only the beginning is looked at: eight megabytes of
 * line ends are eight million lines.
 */
function textsOf(body: string): string[] {
  const texts = body.split('\n', BATCH_LINES_MAX + 2);
  if (texts.at(-1)?.trim() === '') texts.pop();
  return texts;
}

function linesOf(body: unknown): Line[] {
  if (Array.isArray(body)) {
    checkCount(body.length);
    return body.map((event: unknown) => ({ body: event }));
  }
  const texts = textsOf(String(body));
  checkCount(texts.length);
  const lines = texts.map(parseLine);
  const [first] = lines;
  if (first !== undefined && 'problem' in first && lines.every((line) => 'problem' in line)) {
    throw first.problem;
  }
  return lines;
}

function checkCount(lines: number): void {
  if (lines === 0) {
    throw invalidRequest([{ field: '', expected: 'at least one event' }]);
  }
  if (lines <= BATCH_LINES_MAX) return;
  throw new ProblemError('payload_too_large', {
    detail: `The batch has too many events; at most ${BATCH_LINES_MAX} fit.`,
    extras: { max_lines: BATCH_LINES_MAX },
  });
}

const problemLine = (line: number, problem: ProblemError): LineReply => ({
  line,
  status: problem.status,
  problem: problem.document(),
});

function settledLine(line: number, command: Command, settled: Settled): LineReply {
  const members = { line, event_id: command.eventId, position: positionAfter(settled.place) };
  if (settled.kind !== 'decided') {
    return { ...members, status: 202, verdict: settled.kind, receipt: settled.receipt };
  }
  const { seq, replayed } = settled;
  const verdict = replayed ? 'duplicate' : 'accepted';
  return { ...members, status: 201, verdict, seq, idempotent_replay: replayed };
}

/** The run of a batch, and as whom it is sent. */
interface BatchTarget {
  runId: string;
  standing: Standing;
}

/** What a line asks for, or why it asks for nothing. */
type LineCommand = { command: Command } | { problem: ProblemError };

function lineCommand(ingest: Ingest, { runId, standing }: BatchTarget, line: Line): LineCommand {
  if ('problem' in line) return line;
  try {
    return { command: appendCommand(ingest, runId, standing, line.body, (key) => key ?? null) };
  } catch (error) {
    const problem = problemOfError(error);
    if (problem === null) throw error;
    return { problem };
  }
}

/** One line's answer. @throws what belongs to no line. */
async function answerOf(
  line: number,
  one: LineCommand,
  submitted: Promise<Settled> | undefined,
): Promise<{ settled: Settled | null; result: LineReply }> {
  try {
    if ('problem' in one) throw one.problem;
    if (submitted === undefined) throw new Error('a command was submitted without an answer');
    const settled = await submitted;
    return { settled, result: settledLine(line, one.command, settled) };
  } catch (error) {
    const problem = problemOfError(error);
    if (problem === null) throw error;
    return { settled: null, result: problemLine(line, problem) };
  }
}

const farthest = (results: readonly (Settled | null)[]): string | null => {
  const places = results.flatMap((settled) => (settled === null ? [] : [settled.place]));
  const [first] = places;
  if (first === undefined) return null;
  const offset = Math.max(...places.map((place) => place.offset));
  return positionAfter({ partition: first.partition, offset });
};

/**
 * Publishes the lines in their order and answers each by itself: a line that is refused, or is no
 * event, does not stop the others.
 */
export async function answerBatch(
  ingest: Ingest,
  target: BatchTarget,
  call: FastifyRequest,
  reply: FastifyReply,
): Promise<BatchReply> {
  const wish = wishOf(call.headers, ingest.waitMs);
  if (headerKeyOf(call.headers) !== null) {
    const expected = 'no such header on a batch: every event carries its own idempotency_key';
    throw invalidRequest([{ field: 'Idempotency-Key', expected }]);
  }
  const lines = linesOf(call.body);
  const held = ingest.submission.admission(null);
  if (held !== null) await held;

  const lineCommands: LineCommand[] = [];
  function* commands(): Iterable<Command> {
    for (const line of lines) {
      const one = lineCommand(ingest, target, line);
      lineCommands.push(one);
      if ('command' in one) yield one.command;
    }
  }
  const answers = await ingest.submission.submitAll(commands(), wish);
  const submitted = answers[Symbol.iterator]();
  const answered = await Promise.all(
    lineCommands.map((one, index) =>
      answerOf(index + 1, one, 'command' in one ? submitted.next().value : undefined),
    ),
  );
  const position = farthest(answered.map(({ settled }) => settled));
  if (position !== null) reply.header('refold-position', position);
  if (wish.applied !== null) reply.header('preference-applied', wish.applied);
  const results = answered.map(({ result }) => result);
  return { run_id: target.runId, results, position };
}
