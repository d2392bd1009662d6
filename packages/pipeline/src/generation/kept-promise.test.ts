import type { Rulebook } from '@refold/domain';
import { afterEach, describe, expect, it } from 'vitest';
import type { EventLog } from '../ports/event-log.js';
import { noWrites } from '../ports/view-store.js';
import type { ViewStore, Writes } from '../ports/view-store.js';
import { PARKED_MAX } from '../diff/parked-streams.js';
import { LogUnavailable } from '../project/check-position.js';
import { bound } from '../project/one-partition.fixture.js';
import type { PartitionProjector } from '../project/partition-projector.js';
import { NEWER } from '../project/rulebook.fixture.js';
import { slotOf } from '../projection.js';
import { decodeCheckpoint } from '../slot/checkpoint.js';
import { BROKEN, POISON } from '../refold/skip-world.fixture.js';
import type { RefoldResult, RefoldTask } from '../refold/refold-task.js';
import { beginSwap } from './change-pointer.js';
import { NEAR_MAX } from './flip-swap.js';
import { LIVE_LAG_MAX, LiveLags } from './live-lags.js';
import { SWAP_MS_MAX } from './owned-swap.js';
import { generationOf } from './pointer.js';
import { openGenerations } from './two-generations.fixture.js';

const FIXED: Rulebook = NEWER;
const BUGGY: Rulebook = { ...BROKEN, views: NEWER.views };

/** Where the stream stands parked. */
const PARKED_AT = 2;

const owners: PartitionProjector[] = [];

afterEach(() => {
  for (const owner of owners.splice(0)) owner.revoke();
});

/** Both generations are folded up to offset 4, by whatever rules. */
async function open(live: Rulebook, aside: Rulebook) {
  const world = await openGenerations();
  world.claim('run.started');
  world.claim('run.delta');
  world.claim(POISON);
  world.claim('run.delta');
  await world.foldAll(world.projector({ rulebook: live }));
  await world.create();
  const builder = world.owner({ rulebook: aside });
  await world.foldAll(builder);
  await world.until(() => world.checkpointOf(2)?.next === 4);
  builder.revoke();
  const results: RefoldResult[] = [];
  /** Of a build without the fault. */
  const owner = (store: ViewStore = world.store, lags = new LiveLags()): PartitionProjector => {
    const refolded = (result: RefoldResult) => results.push(result);
    const one = world.owner({ rulebook: FIXED, refolded, store, lags });
    owners.push(one);
    return one;
  };
  const end = async (operation: string) => {
    await world.until(async () => (await world.pointer()).done.has(operation));
    return (await world.pointer()).done.get(operation);
  };
  const damage = async (generation: number, writes: Partial<Writes>): Promise<void> => {
    const { checkpoint } = world.dumpOf(generation);
    const slot = slotOf(generationOf(world.projection, generation), 0);
    await world.store.commit(slot, checkpoint, checkpoint ?? '', { ...noWrites(), ...writes }, []);
  };
  return { ...world, anyOwner: world.owner, owner, results, end, damage };
}

const redrive: RefoldTask = {
  operation: 'redrive',
  effect: 'replace',
  select: { kind: 'streams', subjects: ['run/r'], to: 4 },
};

const given = (reason: RegExp) => ({
  kind: 'given_up',
  reason: expect.stringMatching(reason) as string,
});

describe('a swap', () => {
  it('is given up where streams were redriven that stand parked in the next generation', async () => {
    const world = await open(BUGGY, BUGGY);
    const owner = world.owner();
    await world.foldAll(owner);
    expect(owner.request(redrive)).toBe('taken');
    await world.swap('swap', 2);
    expect(await world.end('swap')).toEqual(given(/run\/r differs in \/parked/));
    await world.until(() => world.roles().join() === 'live,aside');
    expect(world.results).toMatchObject([{ outcome: 'done', replaced: 1 }]);
    expect(world.dumpOf(1).ranked['i:parked']).toBeUndefined();
  });

  it('is carried out where claims are decided that were not', async () => {
    const world = await open(BUGGY, FIXED);
    await world.foldAll(world.owner());
    expect(world.dumpOf(1).ranked['i:parked']).toMatchObject([{ score: PARKED_AT }]);
    await world.swap('swap', 2);
    expect(await world.end('swap')).toMatchObject({ kind: 'swapped' });
  });

  it('reads no timeline of parked streams while the live slot is sealed', async () => {
    const world = await open(BUGGY, FIXED);
    const met = new Set<string | null>();
    const read: ViewStore['read'] = (slot, reads) => {
      if (reads.some(({ kind }) => kind === 'list')) met.add(world.roles()[0] ?? null);
      return world.store.read(slot, reads);
    };
    await world.foldAll(world.owner({ ...bound(world.store), read }));
    await world.swap('swap', 2);
    expect(await world.end('swap')).toMatchObject({ kind: 'swapped' });
    expect([...met]).toEqual(['live']);
  });

  it('is carried out where what stands parked was not decided yet when it was looked at', async () => {
    const world = await openGenerations();
    world.claim('run.started');
    await world.foldAll(world.projector({ rulebook: BUGGY }));
    await world.create();
    const builder = world.owner({ rulebook: FIXED });
    await world.foldAll(builder);
    await world.until(() => world.checkpointOf(2)?.next === 1);
    builder.revoke();
    for (const type of ['run.delta', POISON, 'run.delta']) world.claim(type);
    // Nothing is folded aside before its timelines were read.
    let isOpen = false;
    const log: EventLog = Object.assign(Object.create(world.log) as EventLog, {
      read: async (...args: Parameters<EventLog['read']>) => {
        if (!isOpen && args[2] === 1) throw new LogUnavailable('it rests');
        return world.log.read(...args);
      },
    });
    const buggy = world.owner({ rulebook: BUGGY, log });
    await world.foldAll(buggy);
    buggy.revoke();
    const read: ViewStore['read'] = async (slot, reads) => {
      const found = await world.store.read(slot, reads);
      if (slot.generation === 2 && reads.some(({ kind }) => kind === 'list')) isOpen = true;
      return found;
    };
    await world.swap('swap', 2);
    const store = { ...bound(world.store), read };
    const owner = world.owner({ rulebook: FIXED, store, log });
    owners.push(owner);
    await world.foldAll(owner);
    await world.until(async () => (await world.pointer()).done.has('swap'));
    expect((await world.pointer()).done.get('swap')).toMatchObject({ kind: 'swapped' });
  });

  it('seals nothing where the next generation fell behind while timelines were read', async () => {
    const world = await open(BUGGY, FIXED);
    let isHeld = false;
    const log: EventLog = Object.assign(Object.create(world.log) as EventLog, {
      read: async (...args: Parameters<EventLog['read']>) => {
        if (isHeld && args[2] === 4) throw new LogUnavailable('it rests');
        return world.log.read(...args);
      },
    });
    const behind: number[] = [];
    const commit: ViewStore['commit'] = (slot, expected, next, ...rest) => {
      if (slot.generation === 1 && decodeCheckpoint(next).role === 'sealed') {
        behind.push(decodeCheckpoint(next).next - (world.checkpointOf(2)?.next ?? 0));
        isHeld = false;
      }
      return world.store.commit(slot, expected, next, ...rest);
    };
    let looks = 0;
    let turns = 0;
    const read: ViewStore['read'] = async (slot, reads) => {
      const isLook = slot.generation === 2 && reads.some(({ kind }) => kind === 'list');
      if (isLook && looks++ === 0) {
        isHeld = true;
        for (let n = 0; n <= NEAR_MAX; n++) world.claim('run.delta');
        await world.foldAll(owner);
        // Until it was asked once more whether it may be sealed.
        void world.until(() => behind.length > 0 || turns++ > 50).then(() => (isHeld = false));
      }
      return world.store.read(slot, reads);
    };
    const store = { ...bound(world.store), read, commit };
    const owner = world.anyOwner({ rulebook: FIXED, store, log });
    owners.push(owner);
    await world.foldAll(owner);
    await world.swap('swap', 2);
    expect(await world.end('swap')).toMatchObject({ kind: 'swapped' });
    expect(looks).toBeGreaterThan(0);
    expect(Math.max(...behind)).toBeLessThanOrEqual(NEAR_MAX);
  });

  it('is given up before anything is sealed where more stands parked than can be compared', async () => {
    const world = await open(BUGGY, FIXED);
    const roles = new Set<string>();
    const read: ViewStore['read'] = async (slot, reads) => {
      const { checkpoint, results } = await world.store.read(slot, reads);
      const [first] = reads;
      if (first?.kind !== 'ranked' || slot.generation !== 1) return { checkpoint, results };
      const above = first.before?.score ?? 2 * PARKED_MAX;
      const rows = Array.from({ length: first.limit }, (_, at) => above - 1 - at)
        .filter((score) => score >= PARKED_MAX)
        .map((score) => ({ score, member: `r${score}` }));
      // Below all of them stands what is there.
      return { checkpoint, results: (rows.length > 0 ? [rows] : results) as typeof results };
    };
    const commit: ViewStore['commit'] = (slot, expected, next, ...rest) => {
      if (slot.generation === 1) roles.add(decodeCheckpoint(next).role);
      return world.store.commit(slot, expected, next, ...rest);
    };
    await world.foldAll(world.owner({ ...bound(world.store), read, commit }));
    await world.swap('swap', 2);
    expect(await world.end('swap')).toEqual(
      given(new RegExp(`more than ${PARKED_MAX} streams stand parked.*redrive`)),
    );
    expect([...roles]).not.toContain('sealed');
  });

  it('is carried out where the same stands parked in both', async () => {
    const world = await open(BUGGY, BUGGY);
    await world.foldAll(world.owner());
    await world.swap('swap', 2);
    expect(await world.end('swap')).toMatchObject({ kind: 'swapped' });
  });

  it('is given up where a claim is undecided that was decided', async () => {
    const world = await open(FIXED, BUGGY);
    await world.foldAll(world.owner());
    await world.swap('swap', 2);
    expect(await world.end('swap')).toEqual(given(/run\/r differs in \/parked/));
  });

  it('is given up where what came before an undecided claim was decided otherwise', async () => {
    const world = await open(BUGGY, FIXED);
    const name = 't:run/r:0:0';
    const [first = '', ...rest] = world.dumpOf(2).lists[name] ?? [];
    await world.damage(2, { remove: [name] });
    await world.damage(2, {
      push: [first.replace('run.started', 'run.created'), ...rest].map((line) => [name, line]),
    });
    await world.foldAll(world.owner());
    await world.swap('swap', 2);
    expect(await world.end('swap')).toEqual(given(/run\/r differs in \/state\/chain/));
  });

  it('is given up where the seq of a stream is another one, whatever index it stands in', async () => {
    const refusing = NEWER.deciders.map((rules) => ({
      ...rules,
      run: {
        ...rules.run,
        transition: (...args: Parameters<typeof rules.run.transition>) =>
          args[1].type === POISON
            ? { allowed: false as const, detail: {} }
            : rules.run.transition(...args),
      },
    }));
    const world = await open(FIXED, { ...FIXED, deciders: refusing });
    for (const generation of [1, 2]) {
      await world.damage(generation, { unrank: [['i:runs/all', 'r']] });
    }
    await world.foldAll(world.owner());
    await world.swap('swap', 2);
    expect(await world.end('swap')).toEqual(given(/verdicts, seqs or chain hashes/));
  });

  it('lets no other task begin meanwhile, and is given up where it waits for too long', async () => {
    const world = await open(BUGGY, BUGGY);
    // Of the other partition there is nothing that could be sealed.
    const partitions = [0, 1];
    await beginSwap(world.ports, world.projection, { operation: 'swap', to: 2, partitions });
    const owner = world.owner();
    await world.foldAll(owner);
    expect(owner.request(redrive)).toBe('busy');
    expect(await world.end('swap')).toEqual(given(new RegExp(`within ${SWAP_MS_MAX} ms`)));
    await world.until(() => owner.request(redrive) === 'taken');
    await world.until(() => world.results.length > 0);
    expect(world.results).toMatchObject([{ outcome: 'done', replaced: 1 }]);
  });

  it('that is given up because another partition of the process lags says which, and how far', async () => {
    const world = await open(BUGGY, BUGGY);
    const lags = new LiveLags();
    const lag = LIVE_LAG_MAX + 1;
    lags.add(() => ({ where: 'workers/3', next: 0, lag, isSealed: false, isStill: false }));
    const partitions = [0, 1];
    await beginSwap(world.ports, world.projection, { operation: 'swap', to: 2, partitions });
    const owner = world.owner(world.store, lags);
    await world.foldAll(owner);
    expect(await world.end('swap')).toEqual(
      given(/ms: generation 2 waits for live folding of workers\/3, which is 2001 offsets behind/),
    );
  });
});
