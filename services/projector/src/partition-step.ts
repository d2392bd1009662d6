import type { OperationPlanned } from '@refold/contracts';
import type { Projection, Timing } from '@refold/pipeline';

/** An operation in a partition that this process owns. */
export interface PartitionStep {
  operation: string;
  projection: Projection;
  planned: OperationPlanned;
  partition: number;
  isCanceling: boolean;
}

/** What nobody asked for during this time, milliseconds, is forgotten: the partition is somebody else's. */
const FORGOTTEN_MS = 60_000;

/** What is kept of steps from one look to the next, as long as they are asked for. */
export interface StepMemory<T> {
  /** What is kept of a step, or begins now: it is asked for. What begins may ask whether it was forgotten since. */
  of(step: PartitionStep, begin: (isForgotten: () => boolean) => T): T;
  /** Nobody will ask for it any more. */
  forget(step: PartitionStep): void;
}

const keyOf = ({ operation, partition }: PartitionStep): string => `${operation}/${partition}`;

interface Kept<T> {
  value: T;
  askedAt: number;
}

/** A memory of steps; what is forgotten costs that it is begun anew. */
export function stepMemory<T>(timing: Pick<Timing, 'now'>): StepMemory<T> {
  const all = new Map<string, Kept<T>>();
  const isForgotten = (askedAt: number): boolean => timing.now() - askedAt >= FORGOTTEN_MS;

  function keep(key: string, begin: (isForgotten: () => boolean) => T): Kept<T> {
    const asked = { askedAt: timing.now() };
    const kept = Object.assign(asked, { value: begin(() => isForgotten(asked.askedAt)) });
    all.set(key, kept);
    return kept;
  }

  return {
    of(step, begin) {
      for (const [key, { askedAt }] of all) if (isForgotten(askedAt)) all.delete(key);
      const key = keyOf(step);
      const kept = all.get(key) ?? keep(key, begin);
      kept.askedAt = timing.now();
      return kept.value;
    },
    forget(step) {
      all.delete(keyOf(step));
    },
  };
}
