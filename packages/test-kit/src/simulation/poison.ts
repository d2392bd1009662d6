import { CLAIM_SKIPPED, SKIP_WITHDRAWN, encodeEnvelope, partitionOf } from '@refold/contracts';
import type { Rulebook, Rules } from '@refold/domain';
import type { Projection } from '@refold/pipeline';
import type { ModelPoison } from '../model/skips.js';
import { liveSlot } from './place.js';
import { SIMULATED_RULEBOOK } from './simulated-rules.js';
import type { World } from './world.js';

/** The type of event on which the rules throw until they are mended. */
const POISON = 'my.poison';

/** One claim in so many is followed by an event that breaks the rules, or by a skip of one. */
const CLAIMS_BETWEEN = 5;

interface Poisoned {
  projection: Projection;
  partition: number;
  streamId: string;
  offset: number;
  id: string;
}

/** Offsets of the records whose skips a slot has not carried out yet. */
export function openSkips(world: World, projection: Projection, partition: number): number[] {
  const { skips = {} } = world.store.dump(liveSlot(world, projection, partition)).hashes;
  return Object.values(skips).flatMap((text) => {
    const [, at, isOpen] = JSON.parse(text) as [string, number, 0 | 1];
    return isOpen === 1 ? [at] : [];
  });
}

/**
 * Events that break the rules of runs, and records that skip some of them. All by the number of a claim: a
 * schedule draws nothing for them.
 */
export class Poison {
  /** The rules no longer throw. */
  isMended = false;
  readonly rulebook: Rulebook;
  readonly #poisoned: Poisoned[] = [];
  readonly #isWithdrawing: boolean;

  /** @param isWithdrawing Skips are withdrawn, before or behind their records in turn. */
  constructor(isWithdrawing: boolean) {
    this.#isWithdrawing = isWithdrawing;
    const breaking = (rules: Rules): Rules => ({
      ...rules,
      transition: (status, claim, owner) => {
        if (claim.type !== POISON || this.isMended) return rules.transition(status, claim, owner);
        throw new TypeError('poison');
      },
    });
    const { deciders } = SIMULATED_RULEBOOK;
    this.rulebook = {
      ...SIMULATED_RULEBOOK,
      deciders: deciders.map((rules) => ({ ...rules, run: breaking(rules.run) })),
    };
  }

  /** What it means for the model. @param world Whose slots have not carried out all skips yet; absent: all are. */
  model(world: World | null, projection: Projection): ModelPoison {
    const open = Array.from({ length: projection.partitions }, (_, partition) =>
      world === null ? [] : openSkips(world, projection, partition),
    );
    return {
      breaks: ({ kind, type }) => kind === 'run' && type === POISON && !this.isMended,
      counts: (partition, at) => open[partition]?.includes(at) !== true,
    };
  }

  /** Behind the claim of this number: an event that breaks the rules, or a skip of one, in turn. */
  write(world: World, number: number): void {
    if (number % CLAIMS_BETWEEN !== 2) return;
    const turn = Math.floor(number / CLAIMS_BETWEEN);
    const known = this.#poisoned[Math.floor(turn / 3) % Math.max(1, this.#poisoned.length)];
    if (turn % 3 === 2 && known !== undefined) this.#decide(world, known, turn);
    else this.#poison(world, turn);
  }

  #poison({ projections, profile, append }: World, turn: number): void {
    const projection = projections.find(({ kinds }) => kinds[0] === 'run');
    if (projection === undefined) return;
    const streamId = `r${turn % profile.runs}`;
    const id = `poison-${turn}`;
    const partition = partitionOf(streamId, projection.partitions);
    const fields = { id, source: 'poison', type: POISON, subject: `run/${streamId}`, data: null };
    const value = encodeEnvelope(fields);
    const { offset } = append(projection.topic, partition, { key: streamId, value });
    this.#poisoned.push({ projection, partition, streamId, offset, id });
  }

  #decide(world: World, known: Poisoned, turn: number): void {
    if (!this.#isWithdrawing) return this.#say(world, known, CLAIM_SKIPPED, null);
    const types = [CLAIM_SKIPPED, SKIP_WITHDRAWN];
    if (turn % 2 === 0) types.reverse();
    for (const type of types) this.#say(world, known, type, `op:${turn}`);
  }

  #say({ append }: World, known: Poisoned, type: string, operation: string | null): void {
    const { projection, partition, streamId, offset, id } = known;
    const data = { offset, source: 'poison', id, ...(operation === null ? {} : { operation }) };
    const fields = { id: `skip-${offset}`, source: 'operator', type, data };
    const value = encodeEnvelope({ ...fields, subject: `run/${streamId}` });
    append(projection.topic, partition, { key: streamId, value });
  }
}
