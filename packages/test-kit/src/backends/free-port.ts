import { createServer, type Server } from 'node:net';

const LOWEST = 20_000;
const HIGHEST = 32_000;

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

const claims: Server[] = [];

/**
 * Whether no other process was given the port and may be about to bind it. A name that the system keeps
 * for us says so, and lets go of it however this process ends. Where there are no such names, all are ours.
 */
const claim = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const keeper = createServer().unref();
    keeper.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    keeper.listen({ path: `\0refold-port-${port}` }, () => {
      claims.push(keeper);
      resolve(true);
    });
  });

const isOurs = async (port: number): Promise<boolean> =>
  (await claim(port)) && (await isFree(port));

/**
 * Ports on 127.0.0.1 that nobody listens on, below the ephemeral range: a port from there may
 * be taken by an outgoing connection before the server binds it. No process of these tests is given a port
 * that another one of them has.
 * @param beside So much above each port another one is taken too: the bus of a Redis Cluster node is
 *   10,000 above its port.
 */
export async function freePorts(count: number, beside = 0): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries > 500) throw new Error(`no ${count} free ports between ${LOWEST} and ${HIGHEST}`);
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - beside - LOWEST));
    if (found.has(port) || !(await isOurs(port))) continue;
    if (beside === 0 || (await isOurs(port + beside))) found.add(port);
  }
  return [...found];
}
