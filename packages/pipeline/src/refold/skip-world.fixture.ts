import { CLAIM_SKIPPED, SKIP_WITHDRAWN, encodeEnvelope } from '@refold/contracts';
import type { Envelope, JsonValue } from '@refold/contracts';
import { RULEBOOK, rulesOf } from '@refold/domain';
import type { Rulebook } from '@refold/domain';
import { createMemoryViewStore, plainSlot } from '@refold/test-kit';
import { SLOT, openWorld } from '../project/one-partition.fixture.js';
import type { PartitionProjector } from '../project/partition-projector.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import { ProjectionReader } from '../read/projection-reader.js';
import type { Timing } from '../timing.js';
import type { RefoldResult, RefoldTask } from './refold-task.js';

/** The type of event that the rules throw on. */
export const POISON = 'my.poison';

const first = rulesOf(RULEBOOK, 1);

/** The shipped rules, which throw on one type of event. */
export const BROKEN: Rulebook = {
  ...RULEBOOK,
  deciders: [
    {
      ...first,
      run: {
        ...first.run,
        transition(status, claim, owner) {
          if (claim.type !== POISON) return first.run.transition(status, claim, owner);
          throw new TypeError(`poison ${JSON.stringify(claim.data)}`);
        },
      },
    },
  ],
};

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Waits give other work its turn, as a clock does. */
export const TURNS: Timing = {
  now: () => 0,
  sleep: macrotask,
  after: () => () => undefined,
  tick: macrotask,
};

/** A partition in memory whose rules throw on some events until they are mended. */
export async function openSkips() {
  const world = await openWorld();
  const results: RefoldResult[] = [];
  const troubles: string[] = [];
  const ports: Partial<ProjectorPorts> = {
    timing: TURNS,
    rulebook: BROKEN,
    refolded: (result) => results.push(result),
    trouble: (_, what) => troubles.push(what),
    append: async ({ key, value }) => {
      const offset = world.log.appendForeign('t', 0, { key, value });
      return { kind: 'appended', offset, timestamp: 0 };
    },
  };
  const owner = (more: Partial<ProjectorPorts> = {}): PartitionProjector =>
    world.projector({ ...ports, ...more });
  /** Folds everything there is, and waits until nothing is folded anew beside. */
  const settle = async (one: PartitionProjector): Promise<void> => {
    do {
      await macrotask();
      await world.foldAll(one);
    } while (one.refolds.isBusy);
  };
  /** Waits for the end of a task; one that is named is asked for again, as whoever follows operations does. */
  const ended = async (one: PartitionProjector, again?: RefoldTask): Promise<RefoldResult> => {
    const before = results.length;
    while (results.length === before) {
      if (again !== undefined) one.request(again);
      await macrotask();
      // Record by record, so that a task meets every state on the way.
      await one.handle(await world.read(await one.position(), 1));
    }
    const result = results[before] as RefoldResult;
    await settle(one);
    return result;
  };
  /** The same, after a task was asked for. */
  const carriedOut = async (one: PartitionProjector, task: RefoldTask): Promise<RefoldResult> => {
    await settle(one);
    one.request(task);
    return ended(one);
  };
  const claim = (id: string, type: string, data: JsonValue = null) =>
    world.append({ subject: `run/${id}`, type, data });
  const say = (type: string, run: string, data: JsonValue) => {
    const fields = { id: 'by-hand', source: 'operator', type, subject: `run/${run}`, data };
    return world.log.appendForeign('t', 0, { key: run, value: encodeEnvelope(fields) });
  };
  /** A record that skips the claim with this offset and ID. */
  const skip = (run: string, offset: number, id: string, source = 'test') =>
    say(CLAIM_SKIPPED, run, { offset, source, id });
  /** The records of an operation that skip the claim with this offset and ID, and that withdraw this. */
  const operation = (name: string, run: string, offset: number, id: string) => {
    const data = { offset, source: 'test', id, operation: name };
    return {
      skips: () => say(CLAIM_SKIPPED, run, data),
      withdraws: () => say(SKIP_WITHDRAWN, run, data),
    };
  };
  /** Types of the records on the log that are no claims, without what all of them begin with. */
  const said = (): string[] =>
    world.log.records('t', 0).flatMap(({ value }) => {
      const { type } = JSON.parse(value ?? '') as Envelope;
      return type.startsWith('claim.') ? [type.slice('claim.'.length)] : [];
    });
  const dump = () => world.store.dump(SLOT);
  const held = () => plainSlot(dump());
  /** What a store of its own holds that was folded from the same log. */
  const fresh = async (more: Partial<ProjectorPorts> = {}) => {
    const store = createMemoryViewStore();
    await settle(owner({ store, ...more }));
    return plainSlot(store.dump(SLOT));
  };
  return {
    ...world,
    turn: macrotask,
    results,
    troubles,
    owner,
    settle,
    ended,
    carriedOut,
    /** Moves the clock of the log on, milliseconds. */
    pass: world.skip,
    claim,
    skip,
    operation,
    said,
    dump,
    held,
    fresh,
  };
}

export type SkipWorld = Awaited<ReturnType<typeof openSkips>>;

/** A run that parks at 2, with two claims behind it, and one that does not. */
export function fill({ claim, append }: SkipWorld): void {
  claim('r', 'run.started');
  claim('other', 'run.started');
  append({ subject: 'run/r', type: POISON, id: 'poison' });
  claim('r', 'run.message', { role: 'user', content: 'one' });
  claim('other', 'run.delta');
  claim('r', 'run.finished', { status: 'succeeded' });
}

/** A run as it is read. */
export const documentOf = async ({ store, projection }: SkipWorld, id = 'r') =>
  (await new ProjectionReader(store, projection).document('run', id)).document;
