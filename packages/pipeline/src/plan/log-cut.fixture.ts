import { encodeEnvelope, RULES_CHANGED } from '@refold/contracts';
import type { Rulebook } from '@refold/domain';
import { BROKEN, openSkips } from '../refold/skip-world.fixture.js';
import { logCutOf } from './log-cut.js';

export const DAY_MS = 24 * 60 * 60 * 1_000;

/** A partition with runs that are over, and places at which its log may be cut. */
export async function openCuts(rulebook: Rulebook = BROKEN) {
  const world = await openSkips();
  const over = (id: string): void => {
    world.claim(id, 'run.started');
    world.claim(id, 'run.finished', { status: 'failed' });
    world.claim(id, 'run.archived');
  };
  const place = (history: [number, number][] = [], decider = 1): number =>
    world.log.appendForeign('t', 0, {
      key: 'k',
      value: encodeEnvelope({
        ...{ id: 'rules', source: 's', type: RULES_CHANGED, subject: 'run/k' },
        data: { decider, history },
      }),
    });
  const cut = (nowMs = 3 * DAY_MS, to?: number) =>
    logCutOf({ log: world.log, store: world.store, rulebook }, world.projection, 0, {
      nowMs,
      ...(to === undefined ? {} : { to }),
    });
  const settle = () => world.settle(world.owner({ rulebook }));
  return { ...world, over, place, cut, settle };
}
