import { describe, expect, it } from 'vitest';
import { RefoldProblem, RefoldUnreachable, type RefoldClient } from '@refold/client';
import { unpaced } from './pace.js';
import { readTraces } from './read-traces.js';
import { sendTrace } from './send-trace.js';
import type { TraceResult } from './tally.js';
import type { Trace } from './trace.js';

function traceOf(...contents: string[]): Trace {
  const traj = contents.map((content) => ({ role: 'user', content }));
  const [trace] = readTraces(JSON.stringify({ traj, reward: 1 }), 'x.json').traces;
  if (trace === undefined) throw new Error('no trace');
  return trace;
}

type Line = Record<string, unknown> & { status: number };

const taken = (seq: number, replay = false): Line => ({
  status: replay ? 200 : 201,
  verdict: replay ? 'duplicate' : 'accepted',
  seq,
  idempotent_replay: replay,
});

/** Answers that were laid out beforehand, and what was asked for. */
interface Script {
  create?: unknown;
  batches: Line[][];
  held: number;
  hash?: string;
}

async function send(trace: Trace, script: Script): Promise<TraceResult & { keys: string[][] }> {
  const keys: string[][] = [];
  const client = {
    createRun: async () => {
      if (script.create instanceof Error) throw script.create;
      return { position: '0:1', body: script.create ?? { ...taken(1), position: '0:1' } };
    },
    appendEvents: async (_run: string, events: { idempotency_key: string }[]) => {
      keys.push(events.map(({ idempotency_key: key }) => key.split(':').at(-1) ?? ''));
      return { position: null, body: { results: script.batches.shift(), position: '0:9' } };
    },
    getRun: async () => ({
      body: { run: { last_seq: script.held, metadata: { content_sha256: script.hash } } },
    }),
  } as unknown as RefoldClient;
  const { signal } = new AbortController();
  const sending = {
    client,
    pace: unpaced,
    signal,
    sent: () => undefined,
    sleep: async () => undefined,
  };
  return { ...(await sendTrace(trace, 'folder/x.json', sending)), keys };
}

describe('sendTrace', () => {
  const trace = traceOf('a', 'b');

  it('counts what is new and what was there', async () => {
    const batches = [[taken(2, true), taken(3), taken(4)]];
    const { tally, failure } = await send(trace, { batches, held: 4 });
    expect(failure).toBeNull();
    expect(tally.runs).toEqual({ new: 1, there: 0, undecided: 0 });
    expect(tally.events).toEqual({ new: 3, there: 1, undecided: 0 });
    expect(tally.messages).toEqual({ new: 1, there: 1, undecided: 0 });
  });

  it('sends again from the first line that met passing trouble, never past it', async () => {
    const away = { status: 503, problem: { detail: 'away' } };
    const batches = [
      [taken(2), away, taken(4)],
      [taken(3), taken(4, true)],
    ];
    const { keys, failure } = await send(trace, { batches, held: 4 });
    expect(keys).toEqual([
      ['2', '3', '4'],
      ['3', '4'],
    ]);
    expect(failure).toBeNull();
  });

  it('fails with the refusal of a line', async () => {
    const refused = { status: 409, problem: { detail: 'the run has ended' } };
    const { failure } = await send(trace, { batches: [[taken(2), refused, taken(3)]], held: 3 });
    expect(failure).toBe(`${trace.runId}:3 (run.message): the run has ended`);
  });

  it('fails when an event got another place, and when the run holds too few', async () => {
    const moved = await send(trace, { batches: [[taken(2), taken(4), taken(5)]], held: 5 });
    expect(moved.failure).toContain('event 3 stands at 4');
    const pending = { status: 202, verdict: 'pending', receipt: 't' };
    const lost = await send(trace, { batches: [[taken(2), pending, pending]], held: 2 });
    expect(lost.failure).toContain('holds 2 of 4 events');
    expect(lost.tally.events.undecided).toBe(2);
  });

  it('takes the same content under another file name for the same run, and nothing else', async () => {
    const create = new RefoldProblem(409, { code: 'idempotency_conflict' });
    const lines = (): Line[][] => [[taken(2, true), taken(3, true), taken(4, true)]];
    const same = await send(trace, { create, batches: lines(), held: 4, hash: trace.contentHash });
    expect(same.tally.runs).toEqual({ new: 0, there: 1, undecided: 0 });
    expect(same.failure).toBeNull();
    const other = await send(trace, { create, batches: lines(), held: 4, hash: 'else' });
    expect(other.failure).toContain('idempotency_conflict');
  });

  it('ends the import when nobody answers', async () => {
    const create = new RefoldUnreachable('http://x', new Error('refused'));
    await expect(send(trace, { create, batches: [], held: 0 })).rejects.toBe(create);
  });
});
