import { randomUUID } from 'node:crypto';
import type { Backends } from './backends.js';
import { hopsBetween } from './hops.js';
import type { HttpLoadResult } from './http-load.js';
import { startProduct } from './product.js';
import type { Product } from './product.js';
import { startProgram } from './program.js';
import type { Program } from './program.js';
import { startWorker } from './worker-process.js';
import type { WorkerProcess } from './worker-process.js';
import type { WriteOrder } from './write-load.js';
import { BUSY, MODES, sittingsOf, turnsOf } from './write-turns.js';
import type { Mode, Turn, TurnResult } from './write-turns.js';

/** How much the write path measures. */
export interface WriteSize {
  rounds: number;
  /** Of one load. */
  durationMs: number;
  partitions: number;
}

/** Runs that take the events of one round. */
const RUNS = 200;

/** After loads of this length together every server has compiled its hot path. */
const WARM_UP_LOADS = 4;

/**
 * The broker takes longer, and all that write share it: its CPU per event falls to a third within its
 * first half minute of load.
 */
const FIRST_WARM_UP_LOADS = 10;

/** On top of the load: connecting, and the last answers. */
const LOAD_SLACK_MS = 60_000;

type Compared = Exclude<Mode, '201' | '202'>;

/** Everything that takes a load, and what sends it. */
interface Field {
  product: Product;
  compared: Readonly<Record<Compared, Program>>;
  loader: WorkerProcess<WriteOrder, HttpLoadResult>;
}

const isCompared = (mode: Mode): mode is Compared => mode !== '201' && mode !== '202';

async function startCompared(
  { broker, log }: Backends,
  partitions: number,
): Promise<Field['compared']> {
  const topic = `bench-sends-${randomUUID().slice(0, 8)}`;
  await log.ensureTopics([{ name: topic, partitions }]);
  const send = (identity: string): Promise<Program> =>
    startProgram({
      script: new URL('./send-server.js', import.meta.url),
      args: (port) => [String(port), broker.address, topic, identity],
    });
  const bare = await startProgram({
    script: new URL('./bare-server.js', import.meta.url),
    args: (port) => [String(port)],
  });
  return { bare, idempotent: await send('idempotent'), plain: await send('plain') };
}

/** Runs one turn; servers that are only compared with stand still unless it is theirs. */
async function runTurn(
  { product, compared, loader }: Field,
  turn: Turn,
  durationMs: number,
  runPrefix: string,
): Promise<TurnResult> {
  const { mode, concurrency: connections } = turn;
  const order = { connections, durationMs, runPrefix, runs: RUNS, prefer: null };
  if (isCompared(mode)) {
    const server = compared[mode];
    server.thaw();
    const load = await loader.ask({ ...order, port: server.port, expected: 202 });
    server.freeze();
    return { ...turn, load, hops: null };
  }
  const before = await product.state();
  const asked =
    mode === '201' ? { prefer: null, expected: 201 } : { prefer: 'respond-async', expected: 202 };
  const load = await loader.ask({ ...order, ...asked, port: product.ingest.port });
  await product.folded();
  const hops = hopsBetween(before, await product.state(), product.runsTopic, load.requests);
  return { ...turn, load, hops };
}

async function runRounds(
  field: Field,
  durationMs: number,
  rounds: readonly number[],
  say: (line: string) => void,
): Promise<TurnResult[]> {
  await field.product.createRuns('warm', RUNS);
  const loads = rounds.includes(0) ? FIRST_WARM_UP_LOADS : WARM_UP_LOADS;
  for (const mode of MODES) {
    await runTurn(field, { mode, concurrency: BUSY }, durationMs * loads, 'warm');
  }
  const results: TurnResult[] = [];
  for (const round of rounds) {
    await field.product.createRuns(`round-${round}`, RUNS);
    await field.product.folded();
    for (const turn of turnsOf(round)) {
      const result = await runTurn(field, turn, durationMs, `round-${round}`);
      results.push(result);
      const { perSecond, p50Ms, p99Ms } = result.load;
      const figures = `${perSecond.toFixed(0)}/s, p50 ${p50Ms.toFixed(2)}, p99 ${p99Ms.toFixed(2)} ms`;
      say(`write path, round ${round + 1}: ${turn.mode} at ${turn.concurrency}: ${figures}`);
    }
  }
  return results;
}

/** Starts everything, runs these rounds and ends it. */
async function sit(
  backends: Backends,
  { partitions, durationMs }: WriteSize,
  rounds: readonly number[],
  say: (line: string) => void,
): Promise<TurnResult[]> {
  const prefix = `bench-${randomUUID().slice(0, 8)}`;
  const product = await startProduct(backends, prefix, partitions);
  const loader: Field['loader'] = startWorker(
    './write-load.js',
    durationMs * FIRST_WARM_UP_LOADS + LOAD_SLACK_MS,
  );
  const compared = await startCompared(backends, partitions);
  const programs = Object.values(compared);
  for (const program of programs) program.freeze();
  try {
    return await runRounds({ product, compared, loader }, durationMs, rounds, say);
  } finally {
    await Promise.all([product.stop(), loader.end(), ...programs.map((p) => p.stop())]);
  }
}

/** Writes single events at several concurrencies to the product and to what it is held against. */
export async function measureWritePath(
  backends: Backends,
  size: WriteSize,
  say: (line: string) => void,
): Promise<TurnResult[]> {
  const results: TurnResult[] = [];
  for (const rounds of sittingsOf(size.rounds)) {
    results.push(...(await sit(backends, size, rounds, say)));
  }
  return results;
}
