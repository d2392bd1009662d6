import { createServer } from 'node:net';

const LOWEST = 20_000;
const HIGHEST = 32_000;

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

/**
 * Ports on 127.0.0.1 that nobody listens on, below the ephemeral range: a port from there may
 * be taken by an outgoing connection before the server binds it.
 * @param beside So much above each port another one is taken too: the bus of a Redis Cluster node is
 *   10,000 above its port.
 */
export async function freePorts(count: number, beside = 0): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries > 500) throw new Error(`no ${count} free ports between ${LOWEST} and ${HIGHEST}`);
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - beside - LOWEST));
    const isTaken = found.has(port) || !(await isFree(port));
    if (!isTaken && (beside === 0 || (await isFree(port + beside)))) found.add(port);
  }
  return [...found];
}
