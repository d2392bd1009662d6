import { encodeEnvelope, RULES_CHANGED } from '@refold/contracts';
import type { Rulebook } from '@refold/domain';
import { BROKEN, openSkips } from '../refold/skip-world.fixture.js';
import { checkCut, logCutOf } from './log-cut.js';

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
  const ports = { log: world.log, store: world.store, rulebook };
  const cut = (nowMs = 3 * DAY_MS) => logCutOf(ports, world.projection, 0, { nowMs });
  /** Of a place that was planned; `reads` are told where each read began. */
  const check = (to: number, nowMs = 3 * DAY_MS, reads: number[] = []) => {
    const log = {
      ...world.log,
      read: (...asked: Parameters<typeof world.log.read>) => {
        reads.push(asked[2]);
        return world.log.read(...asked);
      },
    };
    const progress = (): void => undefined;
    return checkCut({ ...ports, log }, world.projection, 0, { nowMs, to, progress });
  };
  const settle = () => world.settle(world.owner({ rulebook }));
  return { ...world, over, place, cut, check, settle };
}
