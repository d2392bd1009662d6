import { ARCHIVED_RUNS_MAX, partitionOf } from '@refold/contracts';
import type { OperationApproval, OperationPlanned } from '@refold/contracts';
import { generationOf } from '../generation/pointer.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { namedRuns, runsEndedBefore } from './archivable-runs.js';
import type { ArchivableRun, NotArchivable } from './archivable-runs.js';
import { ArgumentRefused } from './argument-refused.js';
import { PlanRefused } from './plan-refused.js';
import type { PlanPorts } from './plan-partition.js';
import type { StoredPartitionPlan } from './planned-operation.js';
import { readPresent } from './present.js';
import type { PresentPartition } from './present.js';
import { parseDatetime } from './reset-time.js';
import { partitionsIn } from './verb.js';

/** Which runs are archived. */
export type ArchiveArguments =
  | { target: 'runs'; run_ids: readonly string[] }
  | { target: 'finished'; before: string; limit?: number | undefined };

export interface ArchiveRequest {
  arguments: ArchiveArguments;
  approval: OperationApproval;
  /** The partitions that are meant; null = all, or those of the runs. */
  partitions: readonly number[] | null;
}

/** Nothing else comes to an end that could be closed. @throws ArgumentRefused */
export function checkHasRuns(projection: Projection): void {
  if (projection.kinds.includes('run')) return;
  throw new ArgumentRefused('projection', 'the projection of runs', projection.name);
}

/** Runs that were chosen, and how many there are besides. */
interface Chosen {
  runs: ArchivableRun[];
  leftOut: number;
}

const WHY: Readonly<Record<NotArchivable, string>> = {
  not_found: 'does not exist',
  parked: 'stands parked',
  archived: 'is archived already',
  not_over: 'is not over',
};

/** @throws PlanRefused for a run that cannot be archived, ArgumentRefused for one that lies elsewhere */
async function chooseNamed(
  { store }: PlanPorts,
  projection: Projection,
  runIds: readonly string[],
  present: readonly PresentPartition[],
): Promise<Chosen> {
  const named = new Set(runIds);
  const runs: ArchivableRun[] = [];
  for (const { partition, generation } of present) {
    const mine = [...named].filter((id) => partitionOf(id, projection.partitions) === partition);
    for (const id of mine) named.delete(id);
    const slot = slotOf(generationOf(projection, generation), partition);
    for (const run of await namedRuns(store, slot, mine)) {
      if ('why' in run)
        throw new PlanRefused(partition, run.why, `${run.subject} ${WHY[run.why]}.`);
      runs.push(run);
    }
  }
  const [odd] = named;
  if (odd === undefined) return { runs, leftOut: 0 };
  const home = partitionOf(odd, projection.partitions);
  const expected = `partitions with ${home} among them, where run/${odd} lies`;
  throw new ArgumentRefused('partitions', expected, present.map((one) => one.partition).join());
}

/** The ones that ended first, at most `limit`; memory is bounded by twice that. */
async function chooseEnded(
  { store }: PlanPorts,
  projection: Projection,
  { beforeMs, limit }: { beforeMs: number; limit: number },
  present: readonly PresentPartition[],
): Promise<Chosen> {
  let runs: ArchivableRun[] = [];
  let found = 0;
  const trim = (): void => {
    runs = runs.sort((a, b) => a.endedAt - b.endedAt).slice(0, limit);
  };
  for (const { partition, generation } of present) {
    const slot = slotOf(generationOf(projection, generation), partition);
    for await (const run of runsEndedBefore(store, slot, beforeMs)) {
      found += 1;
      if (runs.push(run) >= 2 * limit) trim();
    }
  }
  trim();
  return { runs, leftOut: found - runs.length };
}

function storedOf(
  { partition, checkpoint, start, end }: PresentPartition,
  { runs }: Chosen,
): StoredPartitionPlan[] {
  if (checkpoint === null) return [];
  const { next, views, role, decider } = checkpoint;
  const mine = runs.filter((run) => run.partition === partition);
  const amounts = { streams: mine.length, records: mine.length, bytes: 0, read_records: 0 };
  return [
    {
      ...{ partition, from: next, to: next, read_from: next, ...amounts },
      ...{ log_start: start, log_end: end, views, role, decider },
      subjects: mine.map(({ subject }) => subject),
      held_events: mine.reduce((sum, { events }) => sum + events, 0),
    },
  ];
}

/**
 * What archiving runs would do: one `run.archived` for each, at most {@link ARCHIVED_RUNS_MAX} of them. Their
 * read models stay as they are; no later claim of them is accepted.
 * @throws ArgumentRefused, PlanRefused for a named run that is not over, stands parked, or is archived.
 */
export async function planArchive(
  ports: PlanPorts,
  projection: Projection,
  { arguments: args, approval, partitions: asked }: ArchiveRequest,
): Promise<OperationPlanned> {
  checkHasRuns(projection);
  const meant = partitionsIn(projection, asked);
  const {
    generation,
    partitionCount,
    partitions: present,
  } = await readPresent(ports.log, ports.store, projection, meant);
  const chosen =
    args.target === 'runs'
      ? await chooseNamed(ports, projection, args.run_ids, present)
      : await chooseEnded(
          ports,
          projection,
          {
            beforeMs: parseDatetime(args.before, 'before'),
            limit: args.limit ?? ARCHIVED_RUNS_MAX,
          },
          present,
        );
  const all = present.flatMap((one) => storedOf(one, chosen));
  const busy = all.filter(({ streams }) => streams > 0);
  // Where no run is meant, a plan of none is made for one partition.
  const partitions = busy.length > 0 ? busy : all.slice(0, 1);
  const [first] = partitions;
  if (first !== undefined && chosen.leftOut > 0) first.left_out = chosen.leftOut;
  const streams = chosen.runs.length;
  return {
    verb: 'archive',
    projection: projection.name,
    arguments: {
      ...args,
      ...(args.target === 'runs' ? { run_ids: [...args.run_ids] } : {}),
      ...(asked === null ? {} : { partitions: meant }),
    },
    plan: {
      ...{ generation, partition_count: partitionCount },
      ...{ streams, records: streams, bytes: 0, read_records: 0 },
      ...{ records_per_second: null, eta_seconds: 0 },
      not_folded: present
        .filter((one) => one.checkpoint === null)
        .map(({ partition }) => partition),
      partitions,
    },
    approval,
  };
}

/** The runs that a partition of a plan archives; null: the plan is about something else. */
export function archivedSubjectsOf(
  { verb, plan }: OperationPlanned,
  partition: number,
): readonly string[] | null {
  if (verb !== 'archive') return null;
  const found = plan.partitions.find((one) => one.partition === partition);
  return (found?.['subjects'] as string[] | undefined) ?? [];
}
