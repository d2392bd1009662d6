import {
  encodeEnvelope,
  RULES_CHANGED,
  type JsonValue,
  type RulesChanged,
} from '@refold/contracts';
import { localId, type Place } from './place.js';
import { simulatedModel } from './simulated-rules.js';
import type { World } from './world.js';

/** One claim in so many is followed by a change of the rules, in every other schedule. */
const CLAIMS_BETWEEN = 7;

/** The changes of the rules that stand on a partition now. */
export function historyOf(
  { log }: World,
  { projection, partition }: Place,
): RulesChanged['history'] {
  const all = Array.from({ length: projection.partitions }, (_, p) =>
    p === partition ? log.records(projection.topic, p) : [],
  );
  return simulatedModel(projection, all).histories[partition] ?? [];
}

/** The value of a record that changes the rules of a partition. */
export function rulesRecord({ projection }: Place, id: string, data: JsonValue): string {
  const subject = `${projection.kinds[0]}/${id}`;
  return encodeEnvelope({ id: 'rules', source: 'rules', type: RULES_CHANGED, subject, data });
}

/**
 * An operator changes rules behind the claim of this number: to the second version, to the one in
 * force, or in ways that must change nothing. All by the number, so that what seeds lead to stays
 * what it was.
 */
export function changeRules(world: World, number: number): void {
  const { profile, projections } = world;
  if (profile.actions % 2 === 1 || number % CLAIMS_BETWEEN !== 3) return;
  const turn = Math.floor(number / CLAIMS_BETWEEN);
  const projection = projections[turn % projections.length];
  if (projection === undefined) return;
  const place = { projection, partition: turn % projection.partitions };
  const history = historyOf(world, place);
  const changes: { decider: number; history: RulesChanged['history'] }[] = [
    { decider: 2, history: [] },
    { decider: 1, history },
    { decider: 2, history },
    { decider: 2, history: [...history, [0, 2]] },
  ];
  const truthful = { decider: 2, history };
  const change = history.length === 0 ? truthful : (changes[turn % changes.length] ?? truthful);
  const id = localId(place);
  world.append(projection.topic, place.partition, {
    key: id,
    value: rulesRecord(place, id, change),
  });
}
