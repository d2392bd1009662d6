import type { ProjectorsReply } from '@refold/contracts';
import { EXIT, type ExitCode } from '../failure.js';
import { writeTable } from '../terminal.js';
import {
  clientOf,
  IMPATIENT,
  writeJson,
  type CommandContext,
  type GlobalOptions,
} from './context.js';

type Partitions = ProjectorsReply['projectors'][number]['partitions'];

/** The largest of what is known; null: of some partition it is not. */
function worst(partitions: Partitions, member: 'lag_events' | 'lag_seconds'): number | null {
  const values = partitions.map((one) => one[member]);
  return values.includes(null) ? null : Math.max(0, ...values.map(Number));
}

/** `refold lag`: how far behind each projection is, all partitions together. */
export async function lag(context: CommandContext, options: GlobalOptions): Promise<ExitCode> {
  const { terminal, signal } = context;
  const { projectors } = (await clientOf(context, options, IMPATIENT).getProjectors({ signal }))
    .body;
  const lags = projectors.map(({ projection, group, generation, partitions }) => ({
    projection,
    group,
    generation,
    lag_events: partitions.some(({ lag_events: events }) => events === null)
      ? null
      : partitions.reduce((sum, { lag_events: events }) => sum + Number(events), 0),
    worst_lag_events: worst(partitions, 'lag_events'),
    worst_lag_seconds: worst(partitions, 'lag_seconds'),
  }));
  if (options.json === true) {
    writeJson(terminal, { lag: lags });
    return EXIT.ok;
  }
  const rows = lags.map((one) => [
    one.projection,
    one.group,
    one.generation,
    one.lag_events ?? '-',
    one.worst_lag_events ?? '-',
    one.worst_lag_seconds ?? '-',
  ]);
  const head = ['projection', 'group', 'generation', 'lag', 'worst partition', 'worst s'];
  terminal.out(writeTable([head, ...rows]));
  return EXIT.ok;
}
