import {
  createLogger,
  loadConfig,
  logStartup,
  runProcess,
  type ConfigOf,
  type ConfigTable,
  type EndProcess,
  type Logger,
  type Settings,
  type Step,
} from '@refold/service';
import type { processSettings } from './shared-settings.js';

/** The settings that every service has. */
type ProcessSettings = ReturnType<typeof processSettings>;

/** The parts of a service, from its configuration. */
export type ServiceSteps<S extends Settings> = (
  config: ConfigOf<S>,
  logger: Logger,
  end: EndProcess,
) => Promise<readonly Step[]>;

/**
 * A service as a process: reads its configuration, says what it is, runs its steps until it is told
 * to stop. @param does One sentence for the first log line.
 */
export async function runService<S extends ProcessSettings & Settings>(
  table: ConfigTable<S>,
  does: string,
  steps: ServiceSteps<S>,
): Promise<void> {
  const { config, shown, warnings } = loadConfig(table);
  const own: ConfigOf<ProcessSettings> = config;
  const logger = createLogger({ service: own.serviceName, level: own.logLevel });
  logStartup(logger, { does, buildSha: own.buildSha, settings: shown, warnings });
  await runProcess({
    logger,
    steps: (end) => steps(config, logger, end),
    stopMsMax: own.shutdownMs,
  });
}
