import { TARGET_OF_VERB, type OperationPlanned } from '@refold/contracts';
import type { Projection, RefoldResult } from '@refold/pipeline';
import { archiveRuns, type ArchivePorts } from './archive-runs.js';
import { generationStep, type GenerationPorts } from './generation-steps.js';
import { stepMemory, type PartitionStep } from './partition-step.js';
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

/** Verbs that are carried out partition by partition, without a task in a slot. */
const BY_PARTITION: ReadonlySet<string> = new Set(['change-rules', 'archive', 'truncate']);

/** Whether an operation is about generations, rules or runs that are over. */
export const isStepped = (verb: string): boolean =>
  TARGET_OF_VERB[verb] !== undefined || BY_PARTITION.has(verb);

/**
 * Takes an operation on generations, rules or runs that are over one step further, and tells in which of the partitions
 * it is over. What can be told is told, and then the first fault of a partition is thrown.
 */
export type TakeStep = (step: OperationStep, tell: (result: RefoldResult) => void) => Promise<void>;

/** Nothing is kept but how far the log was looked through for changes of the rules. */
export function operationSteps(ports: StepPorts): TakeStep {
  const kept = stepMemory<RulesMemory>(ports.timing);

  async function rulesStep(step: PartitionStep): Promise<RefoldResult | null> {
    const memory = kept.of(step, noRulesMemory);
    const result = await changeRules(ports, { ...step, memory });
    if (result !== null) kept.forget(step);
    return result;
  }

  const steps = new Map([
    ['change-rules', rulesStep],
    ['archive', archiveRuns(ports)],
    ['truncate', truncateLog(ports)],
  ]);

  return async ({ partitions, ...step }, tell) => {
    if (partitions.length === 0) return;
    const partitionStep = steps.get(step.planned.verb);
    if (partitionStep === undefined) {
      const ended = await generationStep(ports, step);
      for (const result of ended) if (partitions.includes(result.partition)) tell(result);
      return;
    }
    const faults: Error[] = [];
    for (const partition of partitions) {
      try {
        const result = await partitionStep({ ...step, partition });
        if (result !== null) tell(result);
      } catch (error) {
        faults.push(error instanceof Error ? error : new Error(String(error)));
      }
    }
    if (faults[0] !== undefined) throw faults[0];
  };
}
