import type { OperationApproval, OperationPlanned } from '@refold/contracts';
import { diffGenerations } from '../diff/diff-generations.js';
import type { DiffPorts } from '../diff/diff-partition.js';
import { digestOf } from '../diff/generation-digest.js';
import type { PartitionDiff } from '../diff/generation-diff.js';
import { swapGate } from '../diff/swap-gate.js';
import { GENERATIONS_MAX } from '../generation/change-pointer.js';
import { generationOf } from '../generation/pointer.js';
import type { Pointer } from '../generation/pointer.js';
import { readPointer, SHARE } from '../generation/stored-pointer.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import type { Timing } from '../timing.js';
import { ArgumentRefused } from './argument-refused.js';
import { checkDecider, partitionsMeant, viewsMeant } from './generation-arguments.js';
import type { GenerationArguments } from './generation-arguments.js';
import { dropRefusals, targetRefusals } from './generation-refusal.js';
import type { GenerationRefusal } from './generation-refusal.js';
import { planBuild } from './plan-build.js';
import type { MeasuredOperation } from './plan-rate.js';
import type { PlanPorts } from './plan-partition.js';
import type { StoredPartitionPlan, StoredPlan } from './planned-operation.js';
import { readPresent } from './present.js';
import type { PresentPartition } from './present.js';
import { rollbackOf } from './rollback.js';
import { streamsCounted } from './streams-counted.js';

export interface GenerationPlanRequest {
  verb: string;
  arguments: GenerationArguments;
  /** The partitions that are meant; null = all. */
  partitions: readonly number[] | null;
  /** What was done before with the same verb on this projection, newest first. */
  measured: readonly MeasuredOperation[];
  /** Share of the time that it may take; null: what is usual. */
  share: number | null;
  /** False: only whether it can be carried out is asked for, not what it comes to. */
  measures: boolean;
  /** Ends reading the log, and comparing. */
  signal?: AbortSignal;
}

export type GenerationPlanPorts = PlanPorts & DiffPorts & { timing: Timing };

/** What a stored plan has besides, where it is about generations. */
export interface StoredGenerations {
  generation: number;
  /** With rollback: what it takes back. */
  from?: number;
  views?: string;
  /** With drop: whether it was live before. */
  state?: 'building' | 'retired';
  digest?: string | null;
  streams?: number;
  added?: number;
  removed?: number;
  changed?: number;
}

/** What a stored plan has besides, where it is about the rules. */
export interface StoredRules {
  decider: number;
  note: string;
}

export type StoredGenerationPlan = StoredPlan & {
  generations?: StoredGenerations;
  rules?: StoredRules;
};

/** A plan, and why it cannot be carried out; empty: it can. */
export interface GenerationPlan {
  planned: OperationPlanned & { plan: StoredGenerationPlan };
  refusals: GenerationRefusal[];
}

/** What cannot be known of a change of the rules. */
const RULES_NOTE =
  'Which versions the members of the group have cannot be asked. A member that lacks this version does not write the ' +
  'change to its partitions, and one that takes such a partition over later stops there until it has the version.';

/** What a verb comes to, before the amounts. */
interface Resolved {
  extra: Pick<StoredGenerationPlan, 'generations' | 'rules'>;
  refusals: GenerationRefusal[];
  /** Everything is folded again. */
  builds: boolean;
  /** Streams that are removed, by partition. */
  removed?: ReadonlyMap<number, number>;
}

const told = (generation: number, diffs: readonly PartitionDiff[]): StoredGenerations => {
  const sum = (name: 'streams' | 'added' | 'removed' | 'changed'): number =>
    diffs.reduce((total, diff) => total + diff[name], 0);
  return {
    generation,
    digest: digestOf(diffs),
    ...{ streams: sum('streams'), added: sum('added'), removed: sum('removed') },
    changed: sum('changed'),
  };
};

interface SwapTarget {
  generation: number;
  /** The digest of the differences that are; undefined: whatever differs is. */
  accepted: string | null | undefined;
  signal: AbortSignal | undefined;
}

/** A swap to a generation, and whether the gate lets it through. */
async function resolveSwap(
  ports: GenerationPlanPorts,
  projection: Projection,
  pointer: Pointer,
  partitions: readonly number[],
  { generation, accepted, signal }: SwapTarget,
): Promise<Resolved> {
  const refusals = targetRefusals(pointer, generation, partitions);
  if (refusals.length > 0) {
    return { extra: { generations: { generation } }, refusals, builds: false };
  }
  const request = { partitions, generation, against: null, samples: 20 };
  const ended = signal === undefined ? {} : { signal };
  const diffs = await diffGenerations(ports, projection, pointer, { ...request, ...ended });
  const digest = accepted === undefined ? digestOf(diffs) : accepted;
  const gate = swapGate(diffs, digest);
  return { extra: { generations: told(generation, diffs) }, refusals: gate, builds: false };
}

/** Records that a change of the rules writes to a partition. */
const recordsOf = ({ checkpoint }: PresentPartition, decider: number): 0 | 1 =>
  (checkpoint?.decider ?? 1) < decider ? 1 : 0;

function resolveRules(
  { rulebook }: GenerationPlanPorts,
  decider: number,
  present: readonly PresentPartition[],
): Resolved {
  checkDecider(rulebook, decider);
  const refusals = present.flatMap(({ partition, checkpoint }): GenerationRefusal[] => {
    const inForce = checkpoint?.decider ?? 1;
    return inForce > decider ? [{ reason: 'older_rules', partition, in_force: inForce }] : [];
  });
  const folded = present.filter(({ checkpoint }) => checkpoint !== null);
  if (folded.length > 0 && folded.every((one) => recordsOf(one, decider) === 0)) {
    for (const { partition } of refusals.length > 0 ? [] : folded) {
      refusals.push({ reason: 'rules_in_force', partition, in_force: decider });
    }
  }
  return { extra: { rules: { decider, note: RULES_NOTE } }, refusals, builds: false };
}

/** Streams that a generation has, by partition. */
async function streamsOf(
  store: PlanPorts['store'],
  projection: Projection,
  number: number,
  partitions: readonly number[],
): Promise<Map<number, number>> {
  const generation = generationOf(projection, number);
  const streams = new Map<number, number>();
  for (const partition of partitions) {
    const slot = slotOf(generation, partition);
    streams.set(partition, await streamsCounted(store, generation, slot));
  }
  return streams;
}

async function resolve(
  ports: GenerationPlanPorts,
  projection: Projection,
  pointer: Pointer,
  present: readonly PresentPartition[],
  { verb, arguments: asked, partitions: named, signal }: GenerationPlanRequest,
): Promise<Resolved> {
  const partitions = present.map(({ partition }) => partition);
  switch (asked.target) {
    case 'new-generation': {
      const views = viewsMeant(ports.rulebook, projection, asked.views);
      const generations = { generation: pointer.last + 1, views };
      const isFull = pointer.generations.size >= GENERATIONS_MAX;
      const full: GenerationRefusal = { reason: 'too_many_generations', partition: null };
      const refusals: GenerationRefusal[] = isFull ? [full] : [];
      return { extra: { generations }, refusals, builds: true };
    }
    case 'generation': {
      const { generation, accept } = asked;
      if (verb !== 'drop') {
        const target = { generation, accepted: accept ?? null, signal };
        return resolveSwap(ports, projection, pointer, partitions, target);
      }
      if (accept !== undefined) {
        throw new ArgumentRefused('accept', 'none: a drop compares nothing', accept);
      }
      const refusals = dropRefusals(pointer, generation, partitions);
      const { state } = pointer.generations.get(generation) ?? {};
      const before = state === 'building' || state === 'retired' ? { state } : {};
      const extra = { generations: { generation, ...before } };
      const removed = await streamsOf(ports.store, projection, generation, partitions);
      return { extra, refusals, builds: false, removed };
    }
    case 'previous-generation': {
      const back = rollbackOf(pointer, named === null ? null : partitions);
      if ('reason' in back) return { extra: {}, refusals: [back], builds: false };
      // What differs was accepted by the swap that is taken back.
      const target = { generation: back.to, accepted: undefined, signal };
      const resolved = await resolveSwap(ports, projection, pointer, partitions, target);
      const generations = { generation: back.to, ...resolved.extra.generations, from: back.from };
      return { ...resolved, extra: { generations } };
    }
    case 'rules':
      return resolveRules(ports, asked.decider, present);
  }
}

/** The partitions that are asked for; a rollback of which nobody names them is about those of the last swap. */
function scopeOf(
  pointer: Pointer,
  { arguments: { target }, partitions }: GenerationPlanRequest,
): readonly number[] | null {
  if (target !== 'previous-generation' || partitions !== null) return partitions;
  const back = rollbackOf(pointer, null);
  return 'partitions' in back ? back.partitions : null;
}

/** What is stored of a partition in which nothing is read. */
function standing(
  one: PresentPartition,
  { extra: { rules }, removed }: Pick<Resolved, 'extra' | 'removed'>,
): StoredPartitionPlan[] {
  if (one.checkpoint === null) return [];
  const { next, views, role, decider } = one.checkpoint;
  return [
    {
      partition: one.partition,
      ...{ from: next, to: next, read_from: next },
      ...{ streams: removed?.get(one.partition) ?? 0, bytes: 0, read_records: 0 },
      records: rules === undefined ? 0 : recordsOf(one, rules.decider),
      ...{ log_start: one.start, log_end: one.end, views, role, decider },
      generation: one.generation,
    },
  ];
}

/**
 * Says what an operation on generations, or on the rules, would do, and changes nothing.
 * @throws ArgumentRefused, ViewsUnknown for a generation with views that this build lacks, and what reading throws.
 */
export async function planGenerations(
  ports: GenerationPlanPorts,
  projection: Projection,
  request: GenerationPlanRequest,
  approval: OperationApproval,
): Promise<GenerationPlan> {
  const pointer = await readPointer(ports.store, projection);
  const meant = partitionsMeant(projection, request.verb, scopeOf(pointer, request));
  const present = await readPresent(ports.log, ports.store, projection, meant);
  const { extra, refusals, builds, ...resolved } = await resolve(
    ports,
    projection,
    pointer,
    present.partitions,
    request,
  );
  const idle = present.partitions.filter(({ checkpoint }) => checkpoint === null);
  const unfolded = idle.map(({ partition }): GenerationRefusal => ({
    reason: 'nothing_folded',
    partition,
  }));
  const isRefused = refusals.length + unfolded.length > 0;
  const build = await planBuild(
    ports,
    projection,
    builds && request.measures && !isRefused ? present.partitions : [],
    { measured: request.measured, share: request.share ?? SHARE, signal: request.signal },
  );
  const { verb, arguments: asked } = request;
  const standingAll = present.partitions.flatMap((one) => standing(one, { extra, ...resolved }));
  const sum = (name: 'records' | 'streams'): number =>
    standingAll.reduce((total, one) => total + one[name], 0);
  return {
    planned: {
      verb,
      projection: projection.name,
      arguments: { ...asked },
      plan: {
        generation: present.generation,
        partition_count: present.partitionCount,
        ...build.totals,
        ...(build.partitions === null ? { records: sum('records'), streams: sum('streams') } : {}),
        not_folded: idle.map(({ partition }) => partition),
        partitions: build.partitions ?? standingAll,
        ...extra,
      },
      approval,
      ...(request.share === null ? {} : { share: request.share }),
    },
    refusals: [...unfolded, ...refusals],
  };
}
