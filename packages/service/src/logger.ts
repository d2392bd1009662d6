import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';

/** Structured log: one JSON object a line. `logger.info({ fields }, 'sentence')`. */
export type Logger = PinoLogger;

/** How much is logged; everything at or above the level. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What every line of a process carries, and where lines go (standard output unless told). */
export interface LoggerOptions {
  service: string;
  level: LogLevel;
  destination?: DestinationStream;
}

/**
 * The logger of a process. A line is written when the call returns, so that the last ones before an
 * exit are there and in order. pino has to be told: by itself it writes while the process goes on,
 * and what it holds back at an exit may overtake a write that is still under way.
 */
export function createLogger({ service, level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: pino.stdSerializers.errWithCause, error: pino.stdSerializers.errWithCause },
  };
  return pino(options, destination ?? pino.destination({ dest: 1, sync: true }));
}

/** What a process is, for its first lines. */
export interface Startup {
  /** One sentence: what this process does. */
  does: string;
  buildSha: string;
  /** The settings as read, secrets hidden. */
  settings: Readonly<Record<string, string>>;
  /** Odd things in the environment that do not stop it. */
  warnings: readonly string[];
}

/** The first lines of a process: what it is, what it was told, what looks odd. */
export function logStartup(logger: Logger, startup: Startup): void {
  const { does, buildSha, settings, warnings } = startup;
  logger.info({ build_sha: buildSha, node: process.version, settings }, does);
  for (const warning of warnings) logger.warn(warning);
}
