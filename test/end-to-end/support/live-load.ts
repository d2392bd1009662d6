import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchReply, RunReply } from '@refold/contracts';
import { bodyOf, type Acknowledged } from './acked-writer.js';
import { ask, post } from './api.js';

/** Batches that are sent a second. */
const BEATS = 10;

const EVENTS_PER_RUN = 200;
const ASK_MS = 60_000;

/** Claims at a steady rate, and reads that are held against what was told of them. */
export class LiveLoad {
  readonly acknowledged: Acknowledged[] = [];
  readonly runIds: string[] = [];
  /** Milliseconds from each request to its verdicts. */
  readonly waits: number[] = [];
  /** Reads that showed less than was told before. */
  readonly stale: string[] = [];
  reads = 0;
  /** Answers that said `rebuilding`. */
  rebuilding = 0;
  readonly #urls: { ingest: string; read: string };
  readonly #rate: number;
  readonly #prefix: string;
  /** The highest seq that was told of each run. */
  readonly #told = new Map<string, number>();

  /** @param rate Events a second. @param prefix Of the IDs of its runs. */
  constructor(urls: { ingest: string; read: string }, rate: number, prefix = 'live') {
    this.#urls = urls;
    this.#rate = rate;
    this.#prefix = prefix;
  }

  /** Writes and reads until told to end. A beat that comes late is sent at once, so that the rate is kept. */
  async run(isOver: () => boolean): Promise<void> {
    const began = Date.now();
    const sent: Promise<void>[] = [];
    const reading = this.#read(isOver);
    for (let beat = 0; !isOver(); beat++) {
      sent.push(this.#write(beat));
      await sleep(Math.max(0, began + ((beat + 1) * 1_000) / BEATS - Date.now()));
    }
    await Promise.all([...sent, reading]);
  }

  /** The wait that this part of all requests had at most, milliseconds. */
  waitOf(part: number, from = 0): number {
    const sorted = this.waits.slice(from).sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  }

  /** A run for each beat: it is begun and filled in one go, so that beats do not wait for each other. */
  async #write(beat: number): Promise<void> {
    const runId = `${this.#prefix}-${beat}`;
    const count = Math.min(EVENTS_PER_RUN, Math.max(2, Math.round(this.#rate / BEATS)));
    const began = performance.now();
    const headers = { 'idempotency-key': `${runId}/0` };
    const start = await post<{ seq: number }>(
      this.#urls.ingest,
      '/runs',
      { run_id: runId, worker_id: 'w1' },
      headers,
    );
    this.waits.push(performance.now() - began);
    if (start.status !== 201) throw new Error(`${runId}: ${start.status}`);
    this.runIds.push(runId);
    this.#tell(runId, `${runId}/0`, start.body.seq);
    const lines = Array.from({ length: count - 1 }, (_, n) =>
      JSON.stringify({ ...bodyOf(n + 1, false), idempotency_key: `${runId}/${n + 1}` }),
    );
    const again = performance.now();
    const { status, body } = await ask<BatchReply>(this.#urls.ingest, `/runs/${runId}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', prefer: 'wait=30' },
      body: lines.join('\n'),
      signal: AbortSignal.timeout(ASK_MS),
    });
    this.waits.push(performance.now() - again);
    if (status !== 200) throw new Error(`${runId}: ${status} ${JSON.stringify(body)}`);
    body.results.forEach(({ seq }, n) => {
      if (seq === undefined) throw new Error(`${runId}/${n + 1} has no verdict`);
      this.#tell(runId, `${runId}/${n + 1}`, seq);
    });
  }

  #tell(runId: string, key: string, seq: number): void {
    this.acknowledged.push({ runId, key, seq });
    this.#told.set(runId, Math.max(seq, this.#told.get(runId) ?? 0));
  }

  /** Reads runs that were written, old and new in turn; none may show less than was told before it was asked for. */
  async #read(isOver: () => boolean): Promise<void> {
    for (let turn = 0; !isOver(); turn++) {
      const { length } = this.runIds;
      const runId = this.runIds[turn % 2 === 0 ? length - 1 : turn % Math.max(1, length)];
      const told = this.#told.get(runId ?? '') ?? 0;
      if (runId !== undefined) await this.#look(runId, told);
      await sleep(5);
    }
  }

  async #look(runId: string, told: number): Promise<void> {
    const { status, body } = await ask<{ run: RunReply }>(this.#urls.read, `/runs/${runId}`);
    this.reads += 1;
    const seen = status === 200 ? body.run.last_seq : 0;
    if (status === 200 && body.run.freshness.state === 'rebuilding') this.rebuilding += 1;
    if (seen < told) this.stale.push(`${runId}: ${status} shows ${seen}, told was ${told}`);
  }
}
