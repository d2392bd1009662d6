import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultProxy, Random } from '@refold/test-kit';

/** When acknowledgements are lost, while something goes on. */
export interface Losses {
  proxy: FaultProxy;
  random: Random;
  /** How many events are acknowledged between two losses, on average. */
  gap: number;
  acknowledged: () => number;
}

/** Loses one acknowledgement after the other until `work` ends; returns how many. */
export async function losingAcknowledgements(
  { proxy, random, gap, acknowledged }: Losses,
  work: Promise<unknown>,
): Promise<number> {
  const before = proxy.dropped;
  let ended = false;
  const end = work.finally(() => {
    ended = true;
  });
  let goal = acknowledged();
  while (!ended) {
    // From goal to goal: what is acknowledged past one, unseen by a slow machine, makes no loss fewer.
    goal += random.int(1, 2 * gap - 1);
    while (!ended && acknowledged() < goal) await sleep(2);
    if (!ended) await Promise.race([proxy.dropReplies(), end]);
  }
  await end;
  proxy.heal();
  return proxy.dropped - before;
}
