import { reportProof, type Random } from '@refold/test-kit';
import type { Fault } from './fault.js';
import type { Fleet } from './fleet.js';

/** A fault that was played. */
export interface Played {
  /** Seconds from the beginning of the schedule to its own, and how long it took to be healed. */
  at: number;
  took: number;
  fault: string;
  detail: string;
}

/** Every fault `rounds` times, shuffled anew for each round. */
export function shuffled(faults: readonly Fault[], rounds: number, random: Random): Fault[] {
  return Array.from({ length: rounds }, () => {
    const left = [...faults];
    return faults.map(() => left.splice(random.int(0, left.length - 1), 1)[0]!);
  }).flat();
}

const since = (startMs: number): number =>
  Number(((performance.now() - startMs) / 1_000).toFixed(1));

/**
 * Plays each schedule in its order and all of them side by side, so that faults of different kinds
 * fall together. After each, `progress` has to be made before the next of its schedule begins.
 */
export async function play(
  fleet: Fleet,
  schedules: readonly { faults: readonly Fault[]; random: Random }[],
  progress: (after: Played) => Promise<void>,
): Promise<Played[]> {
  const startMs = performance.now();
  const all: Played[] = [];
  const one = async ({ faults, random }: (typeof schedules)[number]): Promise<void> => {
    for (const { name, play: begin } of faults) {
      const at = since(startMs);
      const beganMs = performance.now();
      const played = { at, fault: name, detail: await begin(fleet, random), took: since(beganMs) };
      all.push(played);
      reportProof({ ...played });
      await progress(played);
    }
  };
  await Promise.all(schedules.map(one));
  return all.sort((a, b) => a.at - b.at);
}
