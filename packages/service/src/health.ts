/** Null when all is well, else the reason in words; a throw counts as its message. */
export type HealthCheck = () => string | null | Promise<string | null>;

/** What a probe is answered. */
export interface HealthReply {
  status: 200 | 503;
  body: Record<string, unknown>;
}

/** Who answers the probes, and with what. */
export interface HealthOptions {
  service: string;
  buildSha: string;
  /** A monotonic clock in milliseconds. */
  nowMs?: () => number;
}

/** The named checks of a process. Names are lower case with underscores: `event_log`. */
export interface Health {
  /** Can it do its work now: /readyz. */
  readiness(name: string, check: HealthCheck): void;
  /** What it does its work without, and less well: told by /readyz, which stays ready. */
  degradation(name: string, check: HealthCheck): void;
  /** Does a restart help: /healthz. Only for what a restart heals. */
  liveness(name: string, check: HealthCheck): void;
  healthz(): Promise<HealthReply>;
  readyz(): Promise<HealthReply>;
}

/** A check that does not answer within this time has failed. */
export const CHECK_MS_MAX = 2_000;

async function ask(check: HealthCheck): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${CHECK_MS_MAX} ms`), CHECK_MS_MAX);
  });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

async function askAll(
  checks: ReadonlyMap<string, HealthCheck>,
): Promise<Map<string, string | null>> {
  const asked = [...checks].map(async ([name, check]) => [name, await ask(check)] as const);
  return new Map(await Promise.all(asked));
}

const reasonsIn = (answers: ReadonlyMap<string, string | null>): Record<string, string> =>
  Object.fromEntries(
    [...answers].flatMap(([name, reason]) => (reason === null ? [] : [[name, reason]])),
  );

function add(checks: Map<string, HealthCheck>, name: string, check: HealthCheck): void {
  if (checks.has(name)) throw new TypeError(`a second health check is called ${name}`);
  checks.set(name, check);
}

/**
 * Health of one process. `/healthz`: `{status: "ok"|"failing", service, build_sha, uptime_seconds}`
 * and `reasons` when failing. `/readyz`: `{status: "ready"|"not_ready", <name>_ready: boolean...}`
 * and `reasons` by name; `degraded`: reasons by name of what it does without. Checks run side by side, each bounded by {@link CHECK_MS_MAX}.
 */
export function createHealth({
  service,
  buildSha,
  nowMs = () => performance.now(),
}: HealthOptions): Health {
  const ready = new Map<string, HealthCheck>();
  const useful = new Map<string, HealthCheck>();
  const live = new Map<string, HealthCheck>();
  const startedAtMs = nowMs();
  return {
    readiness: (name, check) => add(ready, name, check),
    degradation: (name, check) => add(useful, name, check),
    liveness: (name, check) => add(live, name, check),
    async healthz() {
      const reasons = reasonsIn(await askAll(live));
      const well = Object.keys(reasons).length === 0;
      const uptime = Math.floor((nowMs() - startedAtMs) / 1_000);
      const body = { service, build_sha: buildSha, uptime_seconds: uptime };
      if (well) return { status: 200, body: { status: 'ok', ...body } };
      return { status: 503, body: { status: 'failing', ...body, reasons } };
    },
    async readyz() {
      const [answers, lacking] = await Promise.all([askAll(ready), askAll(useful)]);
      const flags = Object.fromEntries(
        [...answers].map(([name, why]) => [`${name}_ready`, why === null]),
      );
      const reasons = reasonsIn(answers);
      const degraded = reasonsIn(lacking);
      const body = Object.keys(degraded).length === 0 ? flags : { ...flags, degraded };
      if (Object.keys(reasons).length === 0)
        return { status: 200, body: { status: 'ready', ...body } };
      return { status: 503, body: { status: 'not_ready', ...body, reasons } };
    },
  };
}
