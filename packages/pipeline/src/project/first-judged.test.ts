import { describe, expect, it } from 'vitest';
import { noWrites } from '../ports/view-store.js';
import { LAPSE_MS } from '../slot/refusals.js';
import { decodeDocument } from '../slot/stream-document.js';
import { SLOT, openWorld } from './one-partition.fixture.js';

type World = Awaited<ReturnType<typeof openWorld>>;

const documentOf = ({ store }: World, subject = 'run/r') =>
  decodeDocument(store.dump(SLOT).text[`d:${subject}`] ?? '{}');

describe('the first claim that a stream depends on', () => {
  it('is the one that began it, at the time of its record', async () => {
    const world = await openWorld();
    world.append({ subject: 'run/other' });
    world.append();
    await world.foldAll(world.projector());
    const { first, firstTime, state } = documentOf(world);
    expect([first, firstTime]).toEqual([1, state?.createdAt]);
  });

  it.each([
    ['not_found', { type: 'run.delta' }],
    ['sequence_conflict', { expectedseq: 3 }],
    ['invalid_data', { data: { owner_user_id: 0 } }],
  ])('is a refusal (%s) that stood when it began', async (_, refused) => {
    const world = await openWorld();
    world.append({ subject: 'run/other', type: 'run.delta' });
    world.append(refused);
    world.append(refused);
    world.append();
    await world.foldAll(world.projector(), 1);
    expect(documentOf(world).first).toBe(1);
  });

  it('is not a refusal that had lapsed, whether it was pruned or not', async () => {
    const world = await openWorld();
    world.append({ type: 'run.delta' });
    world.skip(1);
    world.append({ type: 'run.delta' });
    world.skip(LAPSE_MS - 2);
    world.append();
    await world.foldAll(world.projector());
    expect(documentOf(world).first).toBe(1);
  });

  it('is a refusal that a copy met behind the first one that stood, though it had lapsed', async () => {
    const world = await openWorld();
    world.append({ type: 'run.delta', id: 'a' });
    world.skip(1_000);
    world.append({ type: 'run.delta', id: 'b' });
    world.append({ type: 'run.delta', id: 'a' });
    world.skip(LAPSE_MS - 500);
    world.append();
    await world.foldAll(world.projector(), 1);
    expect(documentOf(world)).toMatchObject({ first: 0, firstTime: 1_000 });
  });

  it('remembers the time of the partition where that was later than its record', async () => {
    const world = await openWorld();
    world.append({ subject: 'run/other' });
    world.skip(-100);
    world.append();
    await world.foldAll(world.projector());
    const { firstTime, state } = documentOf(world);
    expect([firstTime, state?.createdAt]).toEqual([1000, 901]);
  });

  it('is not known where format 1 left refusals that do not say whose they are', async () => {
    const world = await openWorld();
    world.append({ type: 'run.delta' });
    await world.foldAll(world.projector());
    const { slots, pins } = world.store.capture();
    const refusals = slots.values().next().value?.read({ kind: 'fields', name: 'refusals' });
    for (const [identity, text] of refusals as Map<string, string>) {
      const [offset, time, code, content, detail] = JSON.parse(text) as unknown[];
      const old = JSON.stringify([offset, time, code, content, detail]);
      const copies = new Map([...slots].map(([tag, slot]) => [tag, slot.copy()]));
      const one = copies.values().next().value;
      one?.apply({ ...noWrites(), putField: [['refusals', identity, old]] });
      world.store.restore({ slots: copies, pins });
    }
    world.append();
    await world.foldAll(world.projector());
    expect(documentOf(world)).toMatchObject({ first: 1, firstTime: null });
  });
});
