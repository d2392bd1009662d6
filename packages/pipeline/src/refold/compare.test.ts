import { describe, expect, it } from 'vitest';
import type { Timing } from '../timing.js';
import type { Writes } from '../ports/view-store.js';
import { SLOT } from '../project/one-partition.fixture.js';
import { LAPSE_MS, REFUSALS_MAX } from '../slot/refusals.js';
import { openRefolds, taskOf } from './refold-world.fixture.js';
import type { RefoldWorld } from './refold-world.fixture.js';

const ALL = { kind: 'all', to: 1_000 } as const;

/** Three runs, one of them longer than a chunk of its timeline, and a run that never began. */
async function filled(): Promise<RefoldWorld> {
  const world = await openRefolds();
  const { append } = world;
  for (const subject of ['run/a', 'run/b', 'run/c']) append({ subject });
  append({ subject: 'run/never', type: 'run.delta' });
  const again = { subject: 'run/a', type: 'run.message', id: 'm', data: { role: 'u', content: 1 } };
  append(again);
  append(again);
  append({ ...again, data: { role: 'u', content: 2 } });
  for (let n = 0; n < 150; n++)
    append({ subject: 'run/a', type: 'run.delta', data: { text: `${n}` } });
  append({ subject: 'run/b', type: 'run.finished', data: { status: 'failed' } });
  await world.foldAll(world.owner());
  return world;
}

/**
 * A claim that was refused at 0 and had lapsed when its run began at 2; another run began at 1. So of
 * all streams with a claim below 1, none begins before 2.
 */
async function lateBeginnings(): Promise<RefoldWorld> {
  const world = await openRefolds();
  world.append({ subject: 'run/a', type: 'run.delta' });
  world.skip(LAPSE_MS);
  world.append({ subject: 'run/b' });
  world.append({ subject: 'run/a' });
  await world.foldAll(world.owner());
  return world;
}

type Damage = (world: RefoldWorld) => Partial<Writes> | Partial<Writes>[];

async function damaged(world: RefoldWorld, damage: Damage): Promise<void> {
  for (const writes of [damage(world)].flat()) await world.damage(writes);
}

/** What readers are given, byte by byte. */
function readBytes({ store }: RefoldWorld): unknown {
  const { text, lists, ranked, hashes } = store.dump(SLOT);
  const documents = Object.entries(text).filter(([name]) => name.startsWith('d:'));
  return { documents, lists, ranked, counters: hashes['counters'], refusals: hashes['refusals'] };
}

const edited =
  (subject: string, find: string, replace: string): Damage =>
  ({ documentText }) => ({ set: [[`d:${subject}`, documentText(subject).replace(find, replace)]] });

const line = '["run.delta",9,9,0,0,{"text":"x"}]';

const DAMAGES: [string, Damage, object][] = [
  [
    'a missing document',
    () => ({ remove: ['d:run/b'] }),
    { stream: 'run/b', kind: 'missing', field: '' },
  ],
  [
    'a document of nothing',
    ({ documentText }) => ({ set: [['d:run/never', documentText('run/c')]] }),
    { stream: 'run/never', kind: 'unexpected', field: '' },
  ],
  [
    'garbage',
    () => ({ set: [['d:run/b', '{']] }),
    { stream: 'run/b', kind: 'hash_mismatch', field: '' },
  ],
  [
    'a wrong status',
    edited('run/b', 'failed', 'succeeded'),
    { stream: 'run/b', kind: 'hash_mismatch', field: '/state/status', stored: '"succeeded"' },
  ],
  [
    'a wrong count',
    edited('run/a', '"message_count":1', '"message_count":7'),
    { kind: 'count_mismatch', field: '/views/run/message_count', stored: '7', expected: '1' },
  ],
  [
    'too few events',
    edited('run/a', '[152,', '[150,'),
    { kind: 'behind', field: '/state/seq', stored: '150', expected: '152' },
  ],
  ['too many events', edited('run/a', '[152,', '[153,'), { kind: 'ahead', field: '/state/seq' }],
  [
    'a gap',
    () => ({ remove: ['t:run/a:0:1'] }),
    { stream: 'run/a', kind: 'gap', field: '/timeline/65' },
  ],
  [
    'an event too many',
    () => ({ push: [['t:run/c:0:0', line]] }),
    { stream: 'run/c', kind: 'unexpected', field: '/timeline/1' },
  ],
  [
    'another event',
    ({ store }) => {
      const [first = ''] = store.dump(SLOT).lists['t:run/b:0:0'] ?? [];
      return [
        { remove: ['t:run/b:0:0'] },
        { push: [['t:run/b:0:0', first.replace('0,0,null', '0,0,7')]] },
      ];
    },
    { stream: 'run/b', kind: 'hash_mismatch', field: '/timeline/1' },
  ],
  [
    'a lost register',
    () => ({ remove: ['r:run/a:0:0.0'] }),
    { kind: 'missing', field: '/register' },
  ],
  [
    'a missing place',
    () => ({ unrank: [['i:runs/all', 'a']] }),
    { stream: 'run/a', kind: 'missing', field: '/indexes/runs/all' },
  ],
  [
    'a place too many',
    () => ({ rank: [['i:runs/status/running', 'b', 5]] }),
    { stream: 'run/b', kind: 'unexpected', field: '/indexes/runs/status/running' },
  ],
  [
    'a wrong counter',
    () => ({ count: [['events', 3]] }),
    {
      stream: null,
      kind: 'count_mismatch',
      field: '/counters/events',
      stored: '158',
      expected: '155',
    },
  ],
];

describe('a refold that compares', () => {
  it('finds nothing where nothing differs, and changes nothing that is read', async () => {
    const world = await filled();
    const before = readBytes(world);
    const result = await world.refolded(world.owner(), taskOf('compare', ALL));
    expect(result).toMatchObject({
      outcome: 'done',
      streams: 4,
      replaced: 0,
      differing: 0,
      differences: [],
      aggregates: 'compared',
    });
    expect(readBytes(world)).toEqual(before);
  });

  it.each(DAMAGES)('finds %s and leaves it', async (_, damage, difference) => {
    const world = await filled();
    await damaged(world, damage);
    const before = readBytes(world);
    const result = await world.refolded(world.owner(), taskOf('compare', ALL));
    expect(result.differences).toContainEqual(expect.objectContaining(difference));
    expect(result).toMatchObject({ outcome: 'done', differing: 1, replaced: 0 });
    expect(readBytes(world)).toEqual(before);
  });

  it('sums streams that began behind its end, before those with claims below it did', async () => {
    const world = await lateBeginnings();
    const select = { kind: 'all', to: 1 } as const;
    const result = await world.refolded(world.owner(), taskOf('compare', select));
    expect(result).toMatchObject({ streams: 1, records: 1, tailRecords: 1, readFrom: 0 });
    expect(result).toMatchObject({ differences: [], aggregates: 'compared' });
  });

  it('counts a stream that is left out while it is folded once, as it is stored', async () => {
    const world = await openRefolds();
    const refused = { subject: 'run/a', id: 'x', type: 'run.delta', expectedseq: 9 };
    for (const fields of [{ subject: 'run/a' }, refused, { subject: 'run/b' }])
      world.append(fields);
    for (let n = 0; n < REFUSALS_MAX; n++) world.log.appendMarker('t', 0);
    world.append(refused);
    await world.foldAll(world.owner());
    const select = { kind: 'all', to: REFUSALS_MAX + 4 } as const;
    const result = await world.refolded(world.owner(), taskOf('compare', select));
    expect(result).toMatchObject({ streams: 1, unrebuildable: 1, unrebuildableStreams: ['run/a'] });
    expect(result).toMatchObject({ differences: [], aggregates: 'compared' });
  });

  it('knows the time before its end where no stream with claims below it can be folded', async () => {
    const world = await openRefolds();
    for (const id of ['head', 'rest']) world.append({ subject: 'run/a', id });
    world.skip(-500);
    world.append({ subject: 'run/b' });
    await world.foldAll(world.owner());
    world.log.deleteHead('t', 0, 1);
    const select = { kind: 'all', to: 2 } as const;
    const result = await world.refolded(world.owner(), taskOf('compare', select));
    expect(result).toMatchObject({ streams: 0, unrebuildable: 1, aggregates: 'compared' });
    expect(result.differences).toEqual([]);
  });

  it('ends where the log no longer has anything of what it is about', async () => {
    const world = await openRefolds();
    for (const subject of ['run/a', 'run/b', 'run/c']) world.append({ subject });
    await world.foldAll(world.owner());
    world.log.deleteHead('t', 0, 2);
    const select = { kind: 'streams', subjects: ['run/a'], to: 1 } as const;
    const result = await world.refolded(world.owner(), taskOf('compare', select));
    expect(result).toMatchObject({ outcome: 'done', streams: 0, unrebuildable: 1, differing: 0 });
  });

  it('takes a sample of the streams, the same ones for one seed', async () => {
    const world = await filled();
    const task = { ...taskOf('compare', ALL), sample: { share: 0.5, seed: 's' } };
    const first = await world.refolded(world.owner(), task);
    const again = { ...task, operation: 'again' };
    const second = await world.refolded(world.owner(), again);
    expect(second.streams).toBe(first.streams);
    expect(first.aggregates).toBeUndefined();
    const none = { ...task, operation: 'none', sample: { share: 0, seed: 's' } };
    expect((await world.refolded(world.owner(), none)).streams).toBe(0);
  });
});

describe('a refold that repairs', () => {
  it.each(DAMAGES)('mends %s', async (what, damage) => {
    const world = await filled();
    await damaged(world, damage);
    const result = await world.refolded(world.owner(), taskOf('repair', ALL));
    expect(result).toMatchObject({ outcome: 'done', streams: 4, differing: 1 });
    if (what !== 'a wrong counter') expect(result.replaced).toBe(1);
    const after = await world.refolded(world.owner(), taskOf('compare', ALL));
    expect(after.differences).toEqual([]);
  });

  it('leaves counters and places of streams that began behind its end', async () => {
    const world = await lateBeginnings();
    const result = await world.refolded(world.owner(), taskOf('repair', { kind: 'all', to: 1 }));
    expect(result).toMatchObject({ outcome: 'done', differing: 0, replaced: 0 });
    expect(world.held()).toEqual(await world.fresh());
  });

  it('leaves counters of documents that are ahead of a checkpoint which was lost', async () => {
    const world = await openRefolds();
    for (const subject of ['run/a', 'run/b']) world.append({ subject });
    await world.foldAll(world.owner());
    world.loseCheckpoint();
    let waits = 0;
    const timing: Timing = {
      now: () => 0,
      sleep: async () => void (waits += 1),
      after: () => () => undefined,
      tick: () => Promise.resolve(),
    };
    const one = world.owner({ timing });
    await one.position();
    one.request(taskOf('repair', { kind: 'all', to: 0 }));
    while (waits === 0 && world.results.length === 0) await Promise.resolve();
    await world.foldAll(one);
    while (world.results.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(world.results).toMatchObject([
      { outcome: 'done', differing: 0, aggregates: 'compared' },
    ]);
    expect(world.held()).toEqual(await world.fresh());
  });

  it('leaves counters right where one stream alone is repaired', async () => {
    const world = await filled();
    await damaged(world, edited('run/a', '"message_count":1', '"message_count":7'));
    const select = { kind: 'streams', subjects: ['run/a', 'run/c'], to: 1_000 } as const;
    const result = await world.refolded(world.owner(), taskOf('repair', select));
    expect(result).toMatchObject({ outcome: 'done', streams: 2, differing: 1, replaced: 1 });
    expect(world.held()).toEqual(await world.fresh());
  });

  it('sums counters anew where live folding went on from a damaged document', async () => {
    const world = await filled();
    await damaged(world, edited('run/a', '"message_count":1', '"message_count":7'));
    world.append({ subject: 'run/a', type: 'run.message', data: { role: 'u', content: 3 } });
    await world.foldAll(world.owner());
    await world.damage({ count: [['messages', 5]] });
    const result = await world.refolded(world.owner(), taskOf('repair', ALL));
    expect(result).toMatchObject({ outcome: 'done', differing: 2, replaced: 1 });
    expect(world.held()).toEqual(await world.fresh());
  });
});
