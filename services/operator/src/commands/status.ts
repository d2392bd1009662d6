import type { ProjectorsReply } from '@refold/contracts';
import { RefoldProblem, type Probe, type RefoldClient } from '@refold/client';
import { EXIT, type ExitCode } from '../failure.js';
import { writeTable } from '../terminal.js';
import {
  clientOf,
  IMPATIENT,
  serverOf,
  writeJson,
  type CommandContext,
  type GlobalOptions,
} from './context.js';

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '?';

function writeProbes(url: string, health: Probe, readiness: Probe): string {
  const { service, build_sha: build, uptime_seconds: uptime } = health.body;
  const state = readiness.ok ? 'ready' : 'not ready';
  const head = `${textOf(service)} (build ${textOf(build)}) at ${url}: ${state}, up ${textOf(uptime)} s\n`;
  const reasons = [health, readiness].flatMap(({ body }) => Object.entries(body['reasons'] ?? {}));
  return head + reasons.map(([name, reason]) => `  ${name}: ${textOf(reason)}\n`).join('');
}

function writeProjectors({ projectors }: ProjectorsReply): string {
  const rows = projectors.flatMap(({ projection, partitions }) =>
    partitions.map((one) => [
      projection,
      one.partition,
      one.checkpoint ?? '-',
      one.end ?? '-',
      one.lag_events ?? '-',
      one.lag_seconds ?? '-',
      one.decider_version ?? '-',
      one.rules_from ?? '-',
      one.views ?? '-',
    ]),
  );
  const head = ['projection', 'partition', 'checkpoint', 'end', 'lag', 'lag s'];
  const versions = ['rules', 'since offset', 'views'];
  return rows.length === 0
    ? 'No projection has a partition yet.\n'
    : writeTable([[...head, ...versions], ...rows]);
}

/** How the process names itself that does everything. */
const STANDALONE = 'refold';

/** What one of several processes cannot tell of the others. */
const othersOf = (health: Probe): string =>
  health.body['service'] === STANDALONE
    ? ''
    : 'Only this process was asked. Whether others run, projectors among them, it does not know: ask the /readyz of each.\n';

const NOT_FOUND = 404;

/** What the server says of its projections; or why there is nothing to show, in words. */
async function projectorsOf(
  client: RefoldClient,
  signal: AbortSignal,
): Promise<ProjectorsReply | string> {
  try {
    return (await client.getProjectors({ signal })).body;
  } catch (error) {
    if (!(error instanceof RefoldProblem)) throw error;
    return error.status === NOT_FOUND
      ? 'this process serves no reads; ask the read API or the standalone server'
      : error.message;
  }
}

/** `refold status`: is the server alive and ready, and how far its projections are. */
export async function status(context: CommandContext, options: GlobalOptions): Promise<ExitCode> {
  const url = serverOf(context, options);
  const client = clientOf(context, options, IMPATIENT);
  const call = { signal: context.signal };
  const health = await client.health(call);
  const readiness = await client.readiness(call);
  const projectors = await projectorsOf(client, context.signal);
  if (options.json === true) {
    writeJson(context.terminal, {
      url,
      health: health.body,
      readiness: readiness.body,
      projectors: typeof projectors === 'string' ? null : projectors.projectors,
      ...(typeof projectors === 'string' && { projectors_unknown: projectors }),
    });
  } else {
    context.terminal.out(writeProbes(url, health, readiness));
    context.terminal.out(
      typeof projectors === 'string' ? `projections: ${projectors}\n` : writeProjectors(projectors),
    );
    context.terminal.out(othersOf(health));
  }
  return health.ok && readiness.ok ? EXIT.ok : EXIT.failed;
}
