import { TARGET_OF_VERB, type OperationPlanned } from '@refold/contracts';
import type { Projection, RefoldResult } from '@refold/pipeline';
import { archiveRuns, type ArchivePorts } from './archive-runs.js';
import { generationStep, type GenerationPorts } from './generation-steps.js';
import { changeRules, noRulesMemory, type RulesMemory, type RulesPorts } from './rules-change.js';
import { truncateLog, type TruncatePorts } from './truncate-log.js';

/** What operations on generations, rules and runs that are over are taken further with. */
export type StepPorts = RulesPorts & GenerationPorts & ArchivePorts & TruncatePorts;

/** An operation, and the partitions of it that this process owns and that are not finished. */
export interface OperationStep {
  operation: string;
  projection: Projection;
  planned: OperationPlanned;
  partitions: readonly number[];
  isCanceling: boolean;
}

/** What nobody asked for during this time, milliseconds, is forgotten: the partition is somebody else's. */
const KEPT_MS = 60_000;

/**
 * Takes an operation on generations, rules or runs that are over one step further, and tells in which of the partitions
 * it is over. Null: it is about something else.
 */
export type TakeStep = (step: OperationStep) => Promise<RefoldResult[]> | null;

/** Nothing is kept but how far the log was looked through for changes of the rules. */
export function operationSteps(ports: StepPorts): TakeStep {
  /** By operation and partition. */
  const kept = new Map<string, { memory: RulesMemory; at: number }>();
  /** Verbs that are carried out partition by partition. */
  const steps = new Map([
    ['archive', archiveRuns(ports)],
    ['truncate', truncateLog(ports)],
  ]);

  async function rulesStep({ partitions, ...step }: OperationStep): Promise<RefoldResult[]> {
    const at = ports.timing.now();
    for (const [key, one] of kept) if (at - one.at >= KEPT_MS) kept.delete(key);
    const ended: RefoldResult[] = [];
    for (const partition of partitions) {
      const key = `${step.operation}/${partition}`;
      const memory = kept.get(key)?.memory ?? noRulesMemory();
      kept.set(key, { memory, at });
      const result = await changeRules(ports, { ...step, partition, memory });
      if (result === null) continue;
      kept.delete(key);
      ended.push(result);
    }
    return ended;
  }

  async function everyStep(step: OperationStep): Promise<RefoldResult[]> {
    if (step.partitions.length === 0) return [];
    if (step.planned.verb === 'change-rules') return rulesStep(step);
    const { verb } = step.planned;
    const partitionStep = steps.get(verb);
    if (partitionStep !== undefined) {
      const { partitions, ...rest } = step;
      const ended: (RefoldResult | null)[] = [];
      for (const partition of partitions) {
        ended.push(await partitionStep({ ...rest, partition }));
      }
      return ended.filter((result) => result !== null);
    }
    const ended = await generationStep(ports, step);
    return ended.filter(({ partition }) => step.partitions.includes(partition));
  }

  const isMine = (verb: string): boolean => TARGET_OF_VERB[verb] !== undefined || steps.has(verb);
  return (step) => (isMine(step.planned.verb) ? everyStep(step) : null);
}
