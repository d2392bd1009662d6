import { generationOf } from '../generation/pointer.js';
import type { Projection } from '../projection.js';
import { SHARE_DEFAULT } from '../refold/attempt.js';
import type { RefoldTask } from '../refold/refold-task.js';
import { planPartition } from './plan-partition.js';
import type { PlanPorts } from './plan-partition.js';
import { totalOf } from './plan.js';
import { secondsOf } from './plan-rate.js';
import type { MeasuredOperation, Undertaking } from './plan-rate.js';
import type { PartitionPlan, Plan } from './plan.js';
import { readPresent } from './present.js';
import { resolveVerb } from './verb.js';
import type { Verb } from './verb.js';

export interface PlanRequest {
  verb: Verb;
  /** What is done with the streams. */
  effect: RefoldTask['effect'];
  /** Only so many of the streams. */
  sample?: RefoldTask['sample'];
  /** The partitions that are meant; null = all, or those that the verb names itself. */
  partitions: readonly number[] | null;
  /** Time of day, milliseconds. */
  nowMs: number;
  /** What was done before with the same verb on this projection, newest first. */
  measured: readonly MeasuredOperation[];
  /** Share of the time that it is given; the usual one when left out. */
  share?: number;
}

export interface PlanWatch {
  signal?: AbortSignal;
  /** Records read for the plan so far, of all partitions; called after every batch. */
  progress?: (records: number) => void;
}

/**
 * Partitions read side by side: a plan waits for the log most of the time, and each may hold
 * {@link SELECTED_STREAMS_MAX} streams, so that a plan takes at most about 150 MiB.
 */
const PARTITIONS_AT_ONCE = 2;

/** What the plans of some partitions come to. */
export const undertakingOf = (
  verb: Verb,
  plans: readonly PartitionPlan[],
  share = SHARE_DEFAULT,
): Undertaking => ({
  partitions: plans.map(({ partition, from, to, logStart, streams, records, readRecords }) => ({
    ...{ partition, from, to, log_start: logStart },
    ...{ streams, records, read_records: readRecords },
  })),
  isNamed: verb.verb === 'run' || verb.verb === 'streams',
  share,
});

/**
 * Says what an operation would do, and changes nothing. `records` and `streams` are what carrying out
 * the plan comes to, while the log still begins where it did.
 * @throws ArgumentRefused, PlanRefused for a named stream that does not exist, what reading the log throws, and the
 * signal's reason once it is aborted.
 */
export async function makePlan(
  ports: PlanPorts,
  projection: Projection,
  { verb, effect, sample, partitions, nowMs, measured, share = SHARE_DEFAULT }: PlanRequest,
  { signal, progress }: PlanWatch = {},
): Promise<Plan> {
  const resolved = resolveVerb(verb, projection, partitions, nowMs);
  const sampled = sample === undefined ? {} : { sample };
  const planned = { target: verb.verb, resolved, effect, ...sampled };
  const { log, store } = ports;
  const present = await readPresent(log, store, projection, resolved.partitions);
  let read = 0;
  const failed = new AbortController();
  const watch = {
    signal: AbortSignal.any([failed.signal, ...(signal === undefined ? [] : [signal])]),
    progress: ({ records }: { records: number }) => {
      read += records;
      progress?.(read);
    },
  };
  const plans: PartitionPlan[] = [];
  const waiting = [...present.partitions];
  const workOff = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const live = generationOf(projection, one.generation);
      plans.push(await planPartition(ports, live, planned, one, watch));
    }
  };
  const workers = Array.from({ length: PARTITIONS_AT_ONCE }, workOff);
  try {
    await Promise.all(workers);
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(workers);
    throw error;
  }
  plans.sort((a, b) => a.partition - b.partition);
  const totals = totalOf(plans);
  return {
    projection: projection.name,
    topic: projection.topic,
    generation: present.generation,
    partitionCount: present.partitionCount,
    verb,
    ...sampled,
    plannedAt: nowMs,
    partitions: plans,
    totals,
    etaSeconds: secondsOf(undertakingOf(verb, plans, share), measured),
    isRefused: plans.some(({ refusal }) => refusal !== null),
  };
}
