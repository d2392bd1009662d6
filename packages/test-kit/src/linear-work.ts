/** Work that is quadratic costs sixteen times as much where there is four times as much of it. */
const FOURFOLD_COST_MAX = 8;
/** What a collection of garbage or a compilation may add, milliseconds. */
const ASIDE_MS = 50;
const TRIES = 5;

/** Processor time of this process, so that other processes do not count, milliseconds. */
function costOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/**
 * Whether work grows with its size and not with the square of it. The size has to be so large that four
 * times as much, done in quadratic time, costs seconds.
 * @param prepare makes the work of a size; what it does itself does not count
 */
export function isLinear(size: number, prepare: (size: number) => () => void): boolean {
  for (let tries = 0; tries < TRIES; tries++) {
    const once = costOf(prepare(size));
    const fourfold = costOf(prepare(4 * size));
    if (fourfold <= FOURFOLD_COST_MAX * once + ASIDE_MS) return true;
  }
  return false;
}
