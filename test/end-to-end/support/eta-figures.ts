import type { OperationWithPlanReply } from '@refold/contracts';

/** Something that an operation said of its end, and when. */
interface Said {
  atMs: number;
  etaMs: number;
}

/** How far off it was of the time that was left, as a share of the whole; the median of all. */
function errorOf(said: readonly Said[], endMs: number): number {
  const errors = said.map(({ atMs, etaMs }) => Math.abs(etaMs - (endMs - atMs)) / endMs);
  return errors.sort((a, b) => a - b)[Math.floor(errors.length / 2)] ?? Number.NaN;
}

const percent = (share: number): number => Math.round(share * 1_000) / 10;

/** What the plan said, held against the time it took. */
const plannedFigures = (seconds: number | null, endMs: number): Record<string, number | string> =>
  seconds === null
    ? { plan_eta_seconds: 'unknown' }
    : {
        plan_eta_seconds: Math.round(seconds * 10) / 10,
        plan_off_percent: percent(Math.abs(seconds * 1_000 - endMs) / endMs),
      };

/** What an operation says of the time that is left, held against the time it took. */
export class EtaFigures {
  /** Parts of the work that were told as done. */
  readonly done: number[] = [];
  readonly #said: Said[] = [];
  #began = 0;

  begun(): void {
    this.#began = performance.now();
  }

  seen({ progress }: OperationWithPlanReply): void {
    if (progress === null) return;
    this.done.push(progress.done);
    if (progress.eta_seconds === null) return;
    const atMs = performance.now() - this.#began;
    this.#said.push({ atMs, etaMs: progress.eta_seconds * 1_000 });
  }

  /** The figures of an operation that has just ended. */
  ended({ plan, result }: OperationWithPlanReply): Record<string, number | string> {
    const endMs = performance.now() - this.#began;
    const quarter = (from: number): Said[] =>
      this.#said.filter(
        ({ atMs }) => atMs >= (from * endMs) / 4 && atMs < ((from + 1) * endMs) / 4,
      );
    return {
      records: result.records,
      seconds: Math.round(endMs / 100) / 10,
      ...plannedFigures(plan.eta_seconds, endMs),
      told: this.#said.length,
      off_percent_1st_quarter: percent(errorOf(quarter(0), endMs)),
      off_percent_2nd_quarter: percent(errorOf(quarter(1), endMs)),
      off_percent_3rd_quarter: percent(errorOf(quarter(2), endMs)),
      off_percent_4th_quarter: percent(errorOf(quarter(3), endMs)),
    };
  }
}
