import { TARGET_OF_VERB, type OperationPlanned } from '@refold/contracts';
import type { Projection, RefoldResult } from '@refold/pipeline';
import { archiveRuns, type ArchivePorts } from './archive-runs.js';
import { generationStep, type GenerationPorts } from './generation-steps.js';
import { changeRules, type RulesPorts } from './rules-change.js';
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

/** A change that was written is folded within this time, milliseconds; after it, it is written again. */
const WRITTEN_MS = 10_000;

/**
 * Takes an operation on generations, rules or runs that are over one step further, and tells in which of the partitions
 * it is over. Null: it is about something else.
 */
export type TakeStep = (step: OperationStep) => Promise<RefoldResult[]> | null;

/** Nothing is kept but when a change of the rules was written, so that it is not written at every look. */
export function operationSteps(ports: StepPorts): TakeStep {
  /** By operation and partition. */
  const written = new Map<string, number>();
  /** Verbs that are carried out partition by partition. */
  const steps = new Map([
    ['archive', archiveRuns(ports)],
    ['truncate', truncateLog(ports)],
  ]);

  async function rulesStep({ partitions, ...step }: OperationStep): Promise<RefoldResult[]> {
    const now = ports.timing.now();
    for (const [key, at] of written) if (now - at >= WRITTEN_MS) written.delete(key);
    const ended: RefoldResult[] = [];
    for (const partition of partitions) {
      const key = `${step.operation}/${partition}`;
      const isWritten = written.has(key);
      const result = await changeRules(ports, { ...step, partition, isWritten });
      if (result === 'written') written.set(key, now);
      else if (result !== null) ended.push(result);
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
