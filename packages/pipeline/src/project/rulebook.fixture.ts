import { encodeEnvelope, partitionOf, RULES_CHANGED } from '@refold/contracts';
import type { JsonValue, Verdict, VerdictNotice } from '@refold/contracts';
import { RULEBOOK, rulesOf } from '@refold/domain';
import type { Rulebook, Rules, View } from '@refold/domain';
import { SLOT, openWorld } from './one-partition.fixture.js';

/** An event type that the second rules refuse. */
export const REFUSED = 'my.event';

/** An event type that only the second rules know, in one version. */
export const ADDED = 'my.added';

const first = rulesOf(RULEBOOK, 1);

const second: Rules = {
  ...first.run,
  schemaVersionOf: (type) => (type === ADDED ? 1 : first.run.schemaVersionOf(type)),
  transition: (status, claim, owner) =>
    claim.type === REFUSED
      ? { allowed: false, detail: { from: status, transition: REFUSED } }
      : first.run.transition(status, claim, owner),
};

const [runView, ...otherViews] = RULEBOOK.views;

/** The view of runs, with one thing more to say. */
const secondView: View = {
  ...(runView as View),
  version: 2,
  evolve: (document, event, state) => ({
    ...((runView as View).evolve(document, event, state) as Record<string, JsonValue>),
    told_by: 'version 2',
  }),
};

/** What is shipped, and a second version of the rules and of the view of runs. */
export const NEWER: Rulebook = {
  deciders: [first, { ...first, run: second }],
  views: [runView as View, ...otherViews, secondView],
};

/** A partition in memory whose rules may change, and what its claims were told. */
export async function openRules() {
  const world = await openWorld();
  const told = new Map<number, string>();
  await world.store.listen('refold:reply:door', {
    message: (text) => {
      for (const { offset, verdict } of JSON.parse(text) as VerdictNotice[]) {
        told.set(offset, short(verdict));
      }
    },
    resumed: () => undefined,
  });
  const claim = (type: string, more: { schemaversion?: number; id?: string } = {}) =>
    world.append({ type, replyto: 'door', ...more });
  const change = (decider: number, history: [number, number][]) => {
    const key = ['a', 'b', 'c'].find((id) => partitionOf(id, 1) === 0) ?? '';
    const value = encodeEnvelope({
      id: 'rules',
      source: 'test',
      type: RULES_CHANGED,
      subject: `run/${key}`,
      data: { decider, history },
    });
    return world.log.appendForeign('t', 0, { key, value });
  };
  const verdicts = () => [...told].sort(([a], [b]) => a - b).map(([, verdict]) => verdict);
  const dump = () => world.store.dump(SLOT);
  /** Everything in the slot but its layout in pieces and the ID of its last commit. */
  const contents = () => {
    const { checkpoint, text, hashes, ranked } = dump();
    return { checkpoint: checkpoint?.split('|').slice(0, -1), text, hashes, ranked };
  };
  const letters = () =>
    Object.values(dump().hashes['dead-letters'] ?? {}).map(
      (letter) => (JSON.parse(letter) as { reason: string }).reason,
    );
  const newer = () => world.projector({ rulebook: NEWER });
  return { ...world, told, claim, change, verdicts, dump, contents, letters, newer };
}

const short = (verdict: Verdict): string =>
  verdict.kind === 'rejected' ? verdict.code : verdict.kind;
