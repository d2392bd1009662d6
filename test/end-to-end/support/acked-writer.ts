import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './until.js';

/** An event that the server acknowledged with its sequence number. */
export interface Acknowledged {
  runId: string;
  key: string;
  seq: number;
}

/** An acknowledged event, and where the answer said that its record stands. */
export interface Placed extends Acknowledged {
  partition: number;
  offset: number;
}

/** A claim that the server stored (202) but had not judged when it answered. */
export interface Stored {
  runId: string;
  key: string;
  receipt: string;
}

export interface WriterPlan {
  /** The URL may change while it writes: a restarted server, another instance. */
  url: () => string;
  eventsPerRun: number;
  /** Runs written side by side. */
  concurrency: number;
  prefix: string;
  /** Longest time one event may take to be acknowledged, with all its retries. */
  giveUpMs: number;
  /** Pause after each acknowledgement, so that a long proof has a log of bearable length. */
  pauseMs: number;
}

/** The body of the n-th event of a run after its start. */
export function bodyOf(n: number, last: boolean): object {
  if (last) return { event_type: 'run.finished', payload: { status: 'succeeded' } };
  if (n % 2 === 0) {
    return { event_type: 'tool.call', payload: { tool_call_id: `c${n}`, tool_name: 'look' } };
  }
  return { event_type: 'run.message', payload: { role: 'user', content: `message ${n}` } };
}

/** What came of one attempt: acknowledged with a seq, stored and undecided, or neither. */
type Attempt =
  { seq: number; partition: number; offset: number } | { receipt: string } | { failed: string };

/** The place of the record that an answer to a write names by the position after it. */
export function placeBefore(position: string): { partition: number; offset: number } {
  const [partition = NaN, next = NaN] = position.split(':').map(Number);
  return { partition, offset: next - 1 };
}

/**
 * Writes runs event by event, each with its own key, and repeats a write until it is acknowledged:
 * what a careful producer does. Remembers every sequence number it was told.
 */
export class AckedWriter {
  readonly acknowledged: Placed[] = [];
  /** Answers that were no acknowledgement: connection errors and 503, by what they said. */
  readonly retried = new Map<string, number>();
  readonly stored: Stored[] = [];
  readonly runIds: string[] = [];
  /** The keys of each run in the order in which they were sent. */
  readonly order = new Map<string, string[]>();
  /** Keys that were sent more than once: the log may hold copies of these alone. */
  readonly repeated = new Set<string>();
  readonly #plan: WriterPlan;

  constructor(plan: WriterPlan) {
    this.#plan = plan;
  }

  /** Begins new runs until `enough` says so, and finishes what it began. */
  async write(enough: () => boolean): Promise<void> {
    const one = async (): Promise<void> => {
      while (!enough()) {
        const runId = `${this.#plan.prefix}-${this.runIds.length}`;
        this.runIds.push(runId);
        this.order.set(runId, []);
        await this.#run(runId);
      }
    };
    await Promise.all(Array.from({ length: this.#plan.concurrency }, one));
  }

  /** Waits until `count` more events are acknowledged; bounded to two minutes unless told otherwise. */
  async more(count: number, boundMs = 120_000): Promise<void> {
    const goal = this.acknowledged.length + count;
    const said = (): string =>
      `${this.acknowledged.length} of ${goal} acknowledged; ${JSON.stringify([...this.retried])}`;
    await until(said, () => this.acknowledged.length >= goal, boundMs);
  }

  async #run(runId: string): Promise<void> {
    await this.#post(runId, 'start', '/internal/v1/runs', { run_id: runId, worker_id: 'w1' });
    const { eventsPerRun } = this.#plan;
    for (let n = 1; n < eventsPerRun; n++) {
      const body = bodyOf(n, n === eventsPerRun - 1);
      await this.#post(runId, `e${n}`, `/internal/v1/runs/${runId}/events`, body);
    }
  }

  async #post(runId: string, name: string, path: string, body: object): Promise<void> {
    const key = `${runId}/${name}`;
    this.order.get(runId)?.push(key);
    const deadline = Date.now() + this.#plan.giveUpMs;
    for (let attempt = 0; ; attempt++) {
      if (attempt === 1) this.repeated.add(key);
      const outcome = await this.#attempt(path, key, body);
      if ('seq' in outcome) {
        this.acknowledged.push({ runId, key, ...outcome });
        if (this.#plan.pauseMs > 0) await sleep(this.#plan.pauseMs);
        return;
      }
      const said = 'failed' in outcome ? outcome.failed : 'stored, not decided';
      if ('receipt' in outcome) this.stored.push({ runId, key, receipt: outcome.receipt });
      else this.retried.set(said, (this.retried.get(said) ?? 0) + 1);
      if (Date.now() > deadline) throw new Error(`${key} was not acknowledged: ${said}`);
      await sleep(Math.min(500, 20 * 2 ** Math.min(attempt, 5)));
    }
  }

  async #attempt(path: string, key: string, body: object): Promise<Attempt> {
    let reply: Response;
    try {
      reply = await fetch(`${this.#plan.url()}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(20_000),
      });
      const answer = (await reply.json()) as Answer;
      const { seq, position, receipt } = answer;
      if (reply.status === 202 && receipt !== undefined) return { receipt };
      if ((reply.status === 201 || reply.status === 200) && seq !== undefined) {
        return { seq, ...placeBefore(position ?? '') };
      }
      if (reply.status === 503) return { failed: `503 ${answer.error ?? ''}` };
      throw new UnexpectedAnswer(`${path} ${key}: ${reply.status} ${JSON.stringify(answer)}`);
    } catch (error) {
      if (error instanceof UnexpectedAnswer) throw error;
      return { failed: `no answer: ${error instanceof Error ? error.name : 'unknown'}` };
    }
  }
}

interface Answer {
  seq?: number;
  position?: string;
  receipt?: string;
  error?: string;
}

/** An answer no careful producer should ever get: a refusal of something that was right. */
class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}
