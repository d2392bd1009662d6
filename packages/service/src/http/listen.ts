import { writeAddress, type Address } from '../config/address.js';
import type { Step } from '../lifecycle.js';
import type { Logger } from '../logger.js';
import type { HttpServer } from './http-server.js';

/** Requests in flight have this long once the server closes, milliseconds; then they are cut off. */
const DRAIN_MS_MAX = 4_000;

/** How often connections whose last answer is out are closed meanwhile, milliseconds. */
const IDLE_CHECK_MS = 25;

/**
 * Stops listening and waits for requests in flight, but not for clients that do not read their
 * answer or never finish their request.
 */
async function closeServer(app: HttpServer, logger: Logger): Promise<void> {
  const idle = setInterval(() => app.server.closeIdleConnections(), IDLE_CHECK_MS);
  const cutOff = setTimeout(() => {
    logger.warn({ drain_ms_max: DRAIN_MS_MAX }, 'cutting off clients that do not come to an end');
    app.server.closeAllConnections();
  }, DRAIN_MS_MAX);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    clearTimeout(cutOff);
  }
}

/**
 * The server as a step of a process. The log line names the address that was bound, with what
 * `fieldsOf` adds for it.
 */
export const httpStep = (
  app: HttpServer,
  address: Address,
  logger: Logger,
  fieldsOf: (bound: string) => Readonly<Record<string, unknown>> = () => ({}),
): Step => ({
  name: 'http server',
  async start() {
    await app.ready();
    await app.listen({ host: address.host, port: address.port }).catch((error: unknown) => {
      const where = writeAddress(address);
      throw new Error(`cannot listen on ${where}: ${reasonOf(error)}`, { cause: error });
    });
    const bound = boundAddress(app);
    logger.info({ address: bound, ...fieldsOf(bound) }, 'listening');
  },
  stop: () => closeServer(app, logger),
});

/** Where a listening server is reached: `host:port`. */
export function boundAddress(app: HttpServer): string {
  const bound = app.server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server is not listening');
  return writeAddress({ host: bound.address, port: bound.port });
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'another process listens there; stop it or choose another port';
  return error instanceof Error ? error.message : String(error);
}
