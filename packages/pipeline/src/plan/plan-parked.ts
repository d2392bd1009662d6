import { subjectOf } from '@refold/contracts';
import type { OperationApproval, OperationPlanned, OperationVerb } from '@refold/contracts';
import { identityOf } from '@refold/domain';
import type { Offset } from '../ports/event-log.js';
import type { Projection } from '../projection.js';
import { ClaimReader } from '../refold/claim-reader.js';
import type { SkippedClaim } from '../refold/refold-task.js';
import { LiveReads } from '../read/live-reads.js';
import { parkedStreams } from '../read/parked-streams.js';
import type { ParkedStream } from '../read/parked-streams.js';
import { SKIPS } from '../slot/names.js';
import { SKIPS_MAX, SkipLog } from '../slot/skip-log.js';
import { homeOf } from './home-partition.js';
import { PlanRefused } from './plan-refused.js';
import { joinedPlan } from './joined-plan.js';
import { makePlan } from './make-plan.js';
import type { PlanRequest } from './make-plan.js';
import type { PlanPorts } from './plan-partition.js';
import type { Plan } from './plan.js';
import { storedPlanOf } from './planned-operation.js';
import type { StoredPartitionPlan } from './planned-operation.js';
import { partitionsIn } from './verb.js';

/** Most streams that one plan names: their subjects fit into a record. */
export const NAMED_SUBJECTS_MAX = 1_000;

/** What is to be done about parked streams, in the words of a request. */
export type ParkedArguments =
  | { target: 'run'; subject: string }
  | { target: 'parked'; error?: string | undefined }
  | { target: 'claim'; subject: string; offset: Offset };

/** What is to be done about parked streams, and how. */
export interface ParkedRequest {
  verb: OperationVerb;
  arguments: ParkedArguments;
  approval: OperationApproval;
  /** Share of the time that it may take; its owner's when null. */
  share: number | null;
}

type Moment = Pick<PlanRequest, 'partitions' | 'nowMs' | 'measured'>;

/** The streams of one partition that a plan is about. */
interface Chosen {
  partition: number;
  subjects: string[];
  /** Streams beyond those that one plan names. */
  leftOut: number;
  skip: SkippedClaim | null;
}

/** @throws ArgumentRefused, PlanRefused unless the stream stands parked */
async function parkedOf(
  { store }: PlanPorts,
  projection: Projection,
  subject: string,
): Promise<ParkedStream> {
  const partition = homeOf(projection, subject);
  for await (const one of parkedStreams(new LiveReads(store, projection), partition)) {
    if (subjectOf(one.kind, one.streamId) === subject) return one;
  }
  throw new PlanRefused(partition, 'not_parked', `${subject} does not stand parked.`);
}

/** @throws PlanRefused where the partition has the most skips that it may have */
async function checkSkips(
  { store }: PlanPorts,
  projection: Projection,
  partition: number,
  { subject, offset, source, id }: SkippedClaim,
): Promise<void> {
  const live = new LiveReads(store, projection);
  const { results } = await live.answer((slots) =>
    slots.read(partition, [{ kind: 'fields', name: SKIPS }]),
  );
  const identity = identityOf(subject, source, id);
  const skip = { subject, offset, identity, operation: null, at: offset };
  if (SkipLog.load(results[0]).contradictionOf(skip) === null) return;
  const detail = `${SKIPS_MAX} claims of partition ${partition} are skipped, or were withdrawn from that: the most there may be.`;
  throw new PlanRefused(partition, 'too_many_skips', detail);
}

async function chooseOne(
  ports: PlanPorts,
  projection: Projection,
  args: Exclude<ParkedArguments, { target: 'parked' }>,
): Promise<Chosen> {
  const { subject } = args;
  const { partition, offset } = await parkedOf(ports, projection, subject);
  const chosen = { partition, subjects: [subject], leftOut: 0, skip: null };
  if (args.target === 'run') return chosen;
  if (args.offset !== offset) {
    const where = `${subject} stands parked at ${offset}, not at ${args.offset}.`;
    throw new PlanRefused(partition, 'parked_elsewhere', where);
  }
  const { source, id } = await new ClaimReader(ports.log, projection, partition).claimAt(offset);
  const skip = { subject, offset, source, id };
  await checkSkips(ports, projection, partition, skip);
  return { ...chosen, skip };
}

async function chooseAll(
  { store }: PlanPorts,
  projection: Projection,
  error: string | null,
  partitions: readonly number[],
): Promise<Chosen[]> {
  const live = new LiveReads(store, projection);
  const all: Chosen[] = [];
  let left = NAMED_SUBJECTS_MAX;
  for (const partition of partitions) {
    const chosen: Chosen = { partition, subjects: [], leftOut: 0, skip: null };
    for await (const one of parkedStreams(live, partition)) {
      if (error !== null && !one.error.startsWith(error)) continue;
      if (left > 0) chosen.subjects.push(subjectOf(one.kind, one.streamId));
      else chosen.leftOut += 1;
      left -= 1;
    }
    if (chosen.subjects.length + chosen.leftOut > 0) all.push(chosen);
  }
  return all;
}

/** What a plan says of one partition, with the streams that it chose. */
function named(stored: StoredPartitionPlan, chosen: readonly Chosen[]): StoredPartitionPlan {
  const one = chosen.find(({ partition }) => partition === stored.partition);
  if (one === undefined) return { ...stored, subjects: [] };
  const { subjects, leftOut, skip } = one;
  return {
    ...stored,
    subjects,
    ...(leftOut === 0 ? {} : { left_out: leftOut }),
    ...(skip === null ? {} : { skip }),
  };
}

/**
 * What folding parked streams again would do: by rules that were mended, or without the claim at which
 * one stands. The plan names its streams, at most {@link NAMED_SUBJECTS_MAX} of them.
 * @throws ArgumentRefused, PlanRefused for a stream that does not stand parked, or not at that claim, and for one
 * skip more than there may be.
 */
export async function planParked(
  ports: PlanPorts,
  projection: Projection,
  request: ParkedRequest,
  { partitions: asked, nowMs, measured }: Moment,
): Promise<{ plan: Plan; planned: OperationPlanned }> {
  const { verb, arguments: args, approval, share } = request;
  const partitions = partitionsIn(projection, asked);
  const chosen =
    args.target === 'parked'
      ? await chooseAll(ports, projection, args.error ?? null, partitions)
      : [await chooseOne(ports, projection, args)];
  const [first = nothingIn(partitions), ...rest] = chosen;
  const planOne = ({ partition, subjects }: Chosen): Promise<Plan> =>
    makePlan(ports, projection, {
      verb: { verb: 'streams', subjects },
      effect: 'replace',
      partitions: [partition],
      nowMs,
      measured: [],
    });
  const plans: [Plan, ...Plan[]] = [await planOne(first)];
  for (const one of rest) plans.push(await planOne(one));
  const plan = joinedPlan(plans, measured, share ?? undefined);
  const stored = storedPlanOf(plan);
  const planned = {
    verb,
    projection: projection.name,
    arguments: { ...args, ...(asked === null ? {} : { partitions }) },
    plan: { ...stored, partitions: stored.partitions.map((one) => named(one, chosen)) },
    approval,
    ...(share === null ? {} : { share }),
  };
  return { plan, planned };
}

/** Where nothing is parked, a plan of no streams is made for one partition. */
const nothingIn = ([partition = 0]: readonly number[]): Chosen => ({
  partition,
  subjects: [],
  leftOut: 0,
  skip: null,
});
