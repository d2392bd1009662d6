import { setTimeout as sleep } from 'node:timers/promises';
import type { AppendReply, BatchReply } from '@refold/contracts';
import { bodyOf, placeBefore, type Placed } from './acked-writer.js';

export interface BatchWriterPlan {
  url: string;
  runs: number;
  eventsPerRun: number;
  /** Lines of one request; the first and the last event of a run are sent alone. */
  lines: number;
  /** Runs written side by side. */
  concurrency: number;
  prefix: string;
}

const TRIES_MAX = 100;
const REQUEST_BOUND_MS = 60_000;

/**
 * Writes runs in batches and repeats what was not acknowledged with its seq, under the same keys:
 * many events of one run are under way at once, so their order is the system's doing.
 */
export class BatchWriter {
  readonly acknowledged: Placed[] = [];
  /** The keys of each run in the order in which they were sent. */
  readonly order = new Map<string, string[]>();
  /** Keys that were sent more than once: the log may hold copies of these alone. */
  readonly repeated = new Set<string>();
  readonly #plan: BatchWriterPlan;
  #begun = 0;

  constructor(plan: BatchWriterPlan) {
    this.#plan = plan;
  }

  get runIds(): string[] {
    return [...this.order.keys()];
  }

  /** Rejects when an event was not acknowledged in a hundred tries, or was refused. */
  async write(): Promise<void> {
    const one = async (): Promise<void> => {
      while (this.#begun < this.#plan.runs) {
        const runId = `${this.#plan.prefix}-${this.#begun}`;
        this.#begun += 1;
        await this.#run(runId);
      }
    };
    await Promise.all(Array.from({ length: this.#plan.concurrency }, one));
  }

  async #run(runId: string): Promise<void> {
    const { eventsPerRun, lines } = this.#plan;
    const keys = Array.from({ length: eventsPerRun }, (_, n) => `${runId}/${n}`);
    this.order.set(runId, keys);
    const [start = ''] = keys;
    await this.#insist(runId, [start], async () => [await this.#start(runId, start)]);
    for (let first = 1; first < eventsPerRun - 1; first += lines) {
      const batch = keys.slice(first, Math.min(first + lines, eventsPerRun - 1));
      await this.#insist(runId, batch, (left) => this.#append(runId, left));
    }
    await this.#insist(runId, keys.slice(-1), (left) => this.#append(runId, left));
  }

  /** Sends what is not acknowledged, in its order, until nothing is left. */
  async #insist(
    runId: string,
    keys: readonly string[],
    send: (left: readonly string[]) => Promise<Answer[]>,
  ): Promise<void> {
    let left = keys;
    for (let tries = 0; left.length > 0; tries++) {
      if (tries > TRIES_MAX) throw new Error(`${left[0]} was not acknowledged`);
      if (tries > 0) {
        for (const key of left) this.repeated.add(key);
        await sleep(50);
      }
      const answers = await send(left);
      const missing: string[] = [];
      for (const [at, key] of left.entries()) {
        const { seq, position } = answers[at] ?? {};
        if (seq === undefined || position === undefined) missing.push(key);
        else this.acknowledged.push({ runId, key, seq, ...placeBefore(position) });
      }
      left = missing;
    }
  }

  async #start(runId: string, key: string): Promise<Answer> {
    const text = JSON.stringify({ run_id: runId, worker_id: 'w1' });
    const reply = await this.#post('/runs', 'application/json', text, { 'idempotency-key': key });
    if (reply === null) return {};
    if (reply.status === 503 || reply.status === 202) return {};
    if (reply.status > 299) throw new Error(`${key}: ${reply.status} ${reply.text}`);
    return JSON.parse(reply.text) as AppendReply;
  }

  async #append(runId: string, keys: readonly string[]): Promise<Answer[]> {
    const lines = keys.map((key) => {
      const n = Number(key.split('/')[1]);
      const body = bodyOf(n, n === this.#plan.eventsPerRun - 1);
      return JSON.stringify({ ...body, idempotency_key: key });
    });
    const path = `/runs/${runId}/events`;
    const reply = await this.#post(path, 'application/x-ndjson', lines.join('\n'), {});
    if (reply === null || reply.status === 503) return [];
    if (reply.status !== 200) throw new Error(`${path}: ${reply.status} ${reply.text}`);
    const { results } = JSON.parse(reply.text) as BatchReply;
    const refused = results.find(({ status }) => status >= 400 && status !== 503);
    if (refused !== undefined) throw new Error(`${path}: ${JSON.stringify(refused)}`);
    return results.map(({ seq, position }) => ({ seq, position }));
  }

  /** Null: no answer came. */
  async #post(
    path: string,
    type: string,
    body: string,
    headers: Record<string, string>,
  ): Promise<{ status: number; text: string } | null> {
    try {
      const reply = await fetch(`${this.#plan.url}/internal/v1${path}`, {
        method: 'POST',
        headers: { 'content-type': type, prefer: 'wait=30', ...headers },
        body,
        signal: AbortSignal.timeout(REQUEST_BOUND_MS),
      });
      return { status: reply.status, text: await reply.text() };
    } catch {
      return null;
    }
  }
}

interface Answer {
  seq?: number | undefined;
  position?: string | undefined;
}
