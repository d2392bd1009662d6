import { STREAM_KINDS } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import { openGenerations } from '../generation/two-generations.fixture.js';
import { generationOf } from '../generation/pointer.js';
import { bound } from '../project/one-partition.fixture.js';
import { NEWER } from '../project/rulebook.fixture.js';
import { slotOf } from '../projection.js';
import { KnownChains } from './known-chains.js';
import { emptyStream } from '../slot/cached-stream.js';
import { PARKED_MAX } from './parked-streams.js';
import { SlotSide } from './slot-sides.js';
import type { StreamSide } from './stream-side.js';

/** A stream of two events, in a slot whose reads of timelines are counted. */
async function open() {
  const world = await openGenerations();
  world.claim('run.started');
  world.claim('run.delta');
  await world.foldAll(world.projector());
  const looked = { timelines: 0 };
  const read: typeof world.store.read = (slot, reads) => {
    if (reads.some(({ kind }) => kind === 'list')) looked.timelines++;
    return world.store.read(slot, reads);
  };
  const slot = slotOf(generationOf(world.projection, 1), 0);
  const side = new SlotSide({ ...bound(world.store), read }, NEWER, slot);
  const stream = async (): Promise<StreamSide> => {
    const [found] = await side.streams('run', ['r']);
    if (found === undefined) throw new Error('there is no stream');
    return found;
  };
  return { ...world, side, stream, looked };
}

describe('a chain that is known', () => {
  it('is read once, and again for another number of events or another incarnation', async () => {
    const { side, stream, looked } = await open();
    const chains = new KnownChains();
    const found = await stream();
    const { document } = found;
    if (document === null) throw new Error('there is no document');
    const whole = { chain: document.state?.chain, seq: 2 };
    expect(await chains.of(side, found, 2)).toEqual(whole);
    expect(await chains.of(side, found, 2)).toEqual(whole);
    expect(looked.timelines).toBe(1);
    expect((await chains.of(side, found, 1)).chain).not.toBe(whole.chain);
    expect(looked.timelines).toBe(2);
    const anew = { ...found, document: { ...document, incarnation: document.incarnation + 1 } };
    expect(await chains.of(side, anew, 1)).toMatchObject({ seq: 0 });
    expect(looked.timelines).toBe(3);
  });

  it('is whole: what is not there yet is looked for again', async () => {
    const { side, stream, claim, foldAll, projector } = await open();
    const chains = new KnownChains();
    expect(await chains.of(side, await stream(), 3)).toMatchObject({ seq: 2 });
    claim('run.delta');
    await foldAll(projector());
    const grown = await stream();
    const chain = grown.document?.state?.chain;
    expect(await chains.of(side, grown, 3)).toEqual({ chain, seq: 3 });
  });

  it('is forgotten with all others, and when as many streams came after as may stand parked', async () => {
    const { side, stream, looked } = await open();
    const chains = new KnownChains();
    const found = await stream();
    await chains.of(side, found, 2);
    chains.clear();
    await chains.of(side, found, 2);
    expect(looked.timelines).toBe(2);
    const other = (n: number): StreamSide => ({ ...found, stream: emptyStream('run', `r${n}`) });
    // Of each ID there may be a stream of every kind.
    const most = PARKED_MAX * STREAM_KINDS.length;
    for (let n = 0; n < most - 1; n++) await chains.of(side, other(n), 0);
    await chains.of(side, found, 2);
    expect(looked.timelines).toBe(2);
    await chains.of(side, other(most), 0);
    await chains.of(side, found, 2);
    expect(looked.timelines).toBe(3);
  });
});
