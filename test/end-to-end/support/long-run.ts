import { createHash } from 'node:crypto';
import type { BatchReply, EventListReply, EventReply } from '@refold/contracts';

/** Most lines one batch may have, and most events one page. */
export const BATCH = 1_000;
const PAGE = 200;

/** Appends that are measured one by one, near the beginning and again at the end. */
const SINGLES = 100;

const keyOf = (seq: number): string => `event-${seq}`;

const eventOf = (seq: number, count: number): { event_type: string; payload: object } => {
  if (seq === count) return { event_type: 'run.finished', payload: { status: 'succeeded' } };
  return seq % 2 === 0
    ? { event_type: 'run.message', payload: { role: 'user', content: `message ${seq}` } }
    : { event_type: 'tool.call', payload: { tool_call_id: `call-${seq}`, tool_name: 'look' } };
};

async function answered<R>(what: string, reply: Response, status: number): Promise<R> {
  const text = await reply.text();
  if (reply.status !== status) throw new Error(`${what}: ${reply.status} ${text}`);
  return JSON.parse(text) as R;
}

/** Milliseconds of every full batch, and of single appends near the beginning and at the end. */
export interface AppendTimes {
  batches: number[];
  early: number[];
  late: number[];
}

/** One run of many events over HTTP: event `seq` has the key and the content that its number says. */
export class LongRun {
  readonly runId: string;
  /** Events of the whole run, the first and the last one included. */
  readonly count: number;
  readonly #base: string;

  constructor(url: string, runId: string, count: number) {
    this.runId = runId;
    this.count = count;
    this.#base = `${url}/internal/v1/runs`;
  }

  /** Creates the run and appends the rest: in batches, and a few events one by one near both ends. */
  async write(): Promise<AppendTimes> {
    const created = await fetch(this.#base, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': keyOf(1) },
      body: JSON.stringify({ run_id: this.runId, worker_id: 'w1' }),
    });
    await answered('create', created, 201);
    let next = 2;
    const stretch = async (size: number): Promise<number> => {
      const began = performance.now();
      await this.append(next, size, 'accepted');
      next += size;
      return performance.now() - began;
    };
    const singles = async (): Promise<number[]> => {
      const times: number[] = [];
      while (times.length < SINGLES) times.push(await stretch(1));
      return times;
    };
    const batches = [await stretch(BATCH)];
    const early = await singles();
    const left = (): number => this.count + 1 - next - SINGLES;
    while (left() >= BATCH) batches.push(await stretch(BATCH));
    if (left() > 0) await stretch(left());
    return { batches, early, late: await singles() };
  }

  /** Appends a stretch of the run; rejects unless each line gets this verdict and its own number. */
  async append(first: number, size: number, verdict: 'accepted' | 'duplicate'): Promise<void> {
    const lines = Array.from({ length: size }, (_, n) => {
      const seq = first + n;
      return JSON.stringify({ ...eventOf(seq, this.count), idempotency_key: keyOf(seq) });
    });
    const reply = await fetch(`${this.#base}/${this.runId}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', prefer: 'wait=60' },
      body: lines.join('\n'),
    });
    const { results } = await answered<BatchReply>(`batch from ${first}`, reply, 200);
    if (results.length !== size) throw new Error(`${results.length} answers to ${size} lines`);
    for (const [n, result] of results.entries()) {
      if (result.verdict === verdict && result.seq === first + n) continue;
      throw new Error(`event ${first + n}, expected ${verdict}: ${JSON.stringify(result)}`);
    }
  }

  /** Reads the whole history page by page. */
  async *read(): AsyncGenerator<EventReply> {
    for (let cursor: string | null = '0'; cursor !== null;) {
      const query = `after_seq=${cursor}&limit=${PAGE}`;
      const reply = await fetch(`${this.#base}/${this.runId}/events?${query}`);
      const page: EventListReply = await answered(`page after ${cursor}`, reply, 200);
      yield* page.events;
      cursor = page.next_cursor;
    }
  }

  /** What is wrong with an event in its place; null for nothing. */
  faultOf(event: EventReply, place: number): string | null {
    const { seq, event_type: type, payload, idempotency_key: key } = event;
    if (seq !== place) return `seq ${seq} at place ${place}`;
    if (key !== keyOf(place)) return `seq ${seq} has the key ${key}`;
    if (place === 1) return type === 'run.started' ? null : `the run begins with ${type}`;
    const written = eventOf(place, this.count);
    const isSame = type === written.event_type && sorted(payload) === sorted(written.payload);
    return isSame ? null : `seq ${seq} is ${type} ${JSON.stringify(payload)}`;
  }

  /** The run as the API shows it, or what else stands below it. */
  async get<R>(below = ''): Promise<R> {
    return answered(`GET ${below}`, await fetch(`${this.#base}/${this.runId}${below}`), 200);
  }
}

const sorted = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(sorted).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${sorted(inner)}`).join()}}`;
};

/** The trajectory hash of a history, from what the API showed of it and no code of ours. */
export class TrajectorySum {
  readonly #sum = createHash('sha256').update('[');
  #isFirst = true;

  add({ seq, event_type, payload, idempotency_key, recorded_at }: EventReply): void {
    const text = sorted({ seq, event_type, payload, idempotency_key, recorded_at });
    this.#sum.update(this.#isFirst ? text : `,${text}`);
    this.#isFirst = false;
  }

  digest(): string {
    return `sha256:${this.#sum.update(']').digest('hex')}`;
  }
}
