import { UsageError, type ExitCode } from '../failure.js';
import type { CommandContext } from './context.js';
import { planOrCarryOut, type CarryOutOptions } from './operate.js';

/** Options of `refold archive runs`. */
export interface ArchiveRunsOptions extends CarryOutOptions {
  runId?: string[];
  /** Runs that ended before this time. */
  finishedBefore?: string;
  limit?: number;
  partition?: number[];
}

/** `refold archive runs`: runs that are over take no event any more. */
export async function archiveRuns(
  context: CommandContext,
  options: ArchiveRunsOptions,
): Promise<ExitCode> {
  const { runId: runIds, finishedBefore: before, limit, partition: partitions } = options;
  if ((runIds === undefined) === (before === undefined)) {
    throw new UsageError('expected either --run-id or --finished-before');
  }
  if (limit !== undefined && before === undefined) {
    throw new UsageError('--limit goes with --finished-before');
  }
  const target =
    runIds === undefined
      ? ({ target: 'finished', before: before ?? '', limit } as const)
      : ({ target: 'runs', run_ids: runIds } as const);
  const asked = { verb: 'archive', projection: 'runs', partitions, arguments: target } as const;
  return planOrCarryOut(context, asked, options);
}

/** Options of `refold archive cut` and `evict`. */
export interface CutOptions extends CarryOutOptions {
  partition?: number[];
  /** Share of the time. */
  share?: number;
}

/** `refold archive cut`: the log gives up what nobody needs any more. */
export const cutLog = (context: CommandContext, options: CutOptions): Promise<ExitCode> => {
  const { partition: partitions, share } = options;
  const target = { target: 'log-head' } as const;
  const asked = { verb: 'truncate', projection: 'runs', partitions, arguments: target } as const;
  return planOrCarryOut(context, { ...asked, share }, options);
};

/** `refold archive evict`: the store gives up archived runs that the log no longer has. */
export const evictRuns = (context: CommandContext, options: CutOptions): Promise<ExitCode> => {
  const { partition: partitions, share } = options;
  const target = { target: 'cut-off' } as const;
  const asked = { verb: 'evict', projection: 'runs', partitions, arguments: target } as const;
  return planOrCarryOut(context, { ...asked, share }, options);
};
