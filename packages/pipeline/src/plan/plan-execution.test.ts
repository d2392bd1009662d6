import { describe, expect, it } from 'vitest';
import { LAPSE_MS } from '../slot/refusals.js';
import { openRefolds } from '../refold/refold-world.fixture.js';
import type { RefoldWorld } from '../refold/refold-world.fixture.js';
import { makePlan } from './make-plan.js';
import { operationPlanned, taskOf } from './planned-operation.js';
import { effectOf, type RefoldVerb } from './task-selection.js';
import type { Verb } from './verb.js';

/** Runs with refusals before they began, some of them lapsed, dead letters, and one that never began. */
async function filled(): Promise<RefoldWorld> {
  const world = await openRefolds();
  world.append({ subject: 'run/late', type: 'run.delta' });
  world.append({ subject: 'run/never', type: 'run.delta' });
  world.skip(LAPSE_MS);
  for (const id of ['a', 'late', 'b']) world.append({ subject: `run/${id}` });
  world.log.appendForeign('t', 0, { key: 'k', value: 'not ours' });
  for (let n = 0; n < 6; n++) {
    world.append({
      subject: `run/${'ab'[n % 2] ?? ''}`,
      type: 'run.delta',
      data: { text: `${n}é` },
    });
  }
  await world.foldAll(world.owner());
  return world;
}

let operations = 0;

/** Plans and carries out as the plan says. */
async function both(world: RefoldWorld, verb: RefoldVerb, target: Verb, sample?: number) {
  const request = {
    verb: target,
    effect: effectOf(verb),
    ...(sample === undefined ? {} : { sample: { share: sample, seed: 'seed' } }),
    partitions: null,
    nowMs: 0,
    measured: [],
  };
  const plan = await makePlan(world, world.projection, request);
  const planned = operationPlanned(verb, plan, { approval: 'not_required', share: null });
  const task = taskOf(`planned-${operations++}`, planned, 0);
  if (task === null) return expect.fail('no task');
  const result = await world.refolded(world.owner(), task);
  return { plan, result };
}

const VERBS: RefoldVerb[] = ['rewind', 'verify', 'repair'];
const TARGETS: [string, Verb, number?][] = [
  ['to the earliest', { verb: 'to-earliest' }],
  ['to an offset within', { verb: 'to-offset', offset: 8 }],
  ['to an offset before a beginning', { verb: 'to-offset', offset: 1 }],
  ['to where it stands', { verb: 'to-current' }],
  ['by a shift', { verb: 'shift-by', shift: -2 }],
  ['of one run', { verb: 'run', subject: 'run/late' }],
  ['of one that never began', { verb: 'run', subject: 'run/never' }],
];

const OPERATIONS = VERBS.flatMap((verb) =>
  TARGETS.map(([name, target]): [RefoldVerb, string, Verb] => [verb, name, target]),
);

const amountsOf = ({ plan, result }: Awaited<ReturnType<typeof both>>) => {
  const [partition] = plan.partitions;
  const { streams, records, bytes, readRecords, unrebuildable } = plan.totals;
  return {
    planned: { streams, records, bytes, readRecords, unrebuildable, from: partition?.readFrom },
    done: {
      streams: result.streams,
      records: result.records,
      bytes: result.bytes,
      readRecords: result.readRecords,
      unrebuildable: result.unrebuildable,
      from: result.readFrom,
    },
  };
};

describe('what is carried out is what the plan says', () => {
  it.each(OPERATIONS)('%s %s', async (verb, _, target) => {
    const { planned, done } = amountsOf(await both(await filled(), verb, target));
    expect(done).toEqual(planned);
  });

  it.each(VERBS)('%s where the log has lost its head', async (verb) => {
    const world = await filled();
    world.log.deleteHead('t', 0, 3);
    const { planned, done } = amountsOf(await both(world, verb, { verb: 'to-earliest' }));
    expect(done).toEqual(planned);
    expect(planned).toMatchObject({ streams: 2, unrebuildable: 1 });
  });

  it('verify of a sample', async () => {
    const { planned, done } = amountsOf(
      await both(await filled(), 'verify', { verb: 'to-earliest' }, 0.5),
    );
    expect(done).toEqual(planned);
    expect(planned.streams).toBeLessThan(4);
  });

  it('rewind where a document is gone', async () => {
    const world = await filled();
    await world.damage({ remove: ['d:run/b'] });
    const target = { verb: 'run', subject: 'run/b' } as const;
    const { planned, done } = amountsOf(await both(world, 'rewind', target));
    expect(done).toEqual(planned);
    expect(planned).toMatchObject({ from: 0, records: 4 });
  });
});
