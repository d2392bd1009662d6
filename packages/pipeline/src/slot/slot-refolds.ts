/** What a slot knows of its refold tasks. */
export interface SlotRefolds {
  /** The text of the task that is carried out; null: there is none. */
  task: string | null;
  /** The last incarnation that was handed out, of shadows and of streams that begin. */
  incarnation: number;
  /** Operations whose result is kept, the oldest first. */
  done: readonly string[];
}

export const NO_REFOLDS: SlotRefolds = { task: null, incarnation: 0, done: [] };

/**
 * Results that a slot keeps, each of about 90 KiB at most: one is needed until it stands on the log, and at most one
 * operation at a time is carried out in a slot.
 */
export const RESULTS_MAX = 16;

/** The part that outlives a task, as the store keeps it. */
export const encodeRefolds = ({ incarnation, done }: SlotRefolds): string =>
  JSON.stringify([incarnation, done]);

export function decodeRefolds(task: string | null, state: string | null): SlotRefolds {
  if (state === null) return { ...NO_REFOLDS, task };
  const [incarnation, done] = JSON.parse(state) as [number, string[]];
  return { task, incarnation, done };
}
