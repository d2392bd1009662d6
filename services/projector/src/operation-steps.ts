import { TARGET_OF_VERB, type OperationPlanned } from '@refold/contracts';
import type { Projection, RefoldResult } from '@refold/pipeline';
import { generationStep, type GenerationPorts } from './generation-steps.js';
import { changeRules, noRulesMemory, type RulesMemory, type RulesPorts } from './rules-change.js';

/** What operations on generations and rules are taken further with. */
export type StepPorts = RulesPorts & GenerationPorts;

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
 * Takes an operation on generations or rules one step further, and tells in which of the partitions it is over. Null: it
 * is about streams.
 */
export type TakeStep = (step: OperationStep) => Promise<RefoldResult[]> | null;

/** Nothing is kept but how far the log was looked through for changes of the rules. */
export function operationSteps(ports: StepPorts): TakeStep {
  /** By operation and partition. */
  const kept = new Map<string, { memory: RulesMemory; at: number }>();

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
    const ended = await generationStep(ports, step);
    return ended.filter(({ partition }) => step.partitions.includes(partition));
  }

  return (step) => (TARGET_OF_VERB[step.planned.verb] === undefined ? null : everyStep(step));
}
