import { chainOf, typeOf } from './errors.js';
import { Backoff } from './pause.js';

const isLeaderless = (error: unknown): boolean =>
  chainOf(error).some((cause) => typeOf(cause) === 'LEADER_NOT_AVAILABLE');

/**
 * Asks again while some topic of the cluster has no leader: kafkajs looks at all of them before it changes
 * anything, and gives up within half a second. A new topic on a busy broker is without one for longer.
 * @param boundMs How long it is asked again; then, and for every other reason, rejects with what was thrown.
 */
export async function onceLed<T>(call: () => Promise<T>, boundMs: number): Promise<T> {
  const deadline = performance.now() + boundMs;
  const backoff = new Backoff();
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isLeaderless(error) || performance.now() > deadline) throw error;
      await backoff.pause();
    }
  }
}
