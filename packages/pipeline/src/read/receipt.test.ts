import type { JsonValue } from '@refold/contracts';
import { contentDigest } from '@refold/domain';
import { describe, expect, it } from 'vitest';
import { openWorld } from '../project/one-partition.fixture.js';
import { LAPSE_MS } from '../slot/refusals.js';
import { LiveReads } from './live-reads.js';
import { decodeReceipt, encodeReceipt, judgementOf } from './receipt.js';
import type { Receipt } from './receipt.js';

type World = Awaited<ReturnType<typeof openWorld>>;

interface Claimed {
  kind?: 'run' | 'worker';
  id?: string;
  type: string;
  data?: JsonValue;
  expectedSeq?: number;
}

const receiptOf = (offset: number | null, claimed: Claimed): Receipt => {
  const { kind = 'run', id = 'x', type, data = null, expectedSeq = null } = claimed;
  const subject = `${kind}/r`;
  return {
    projection: 'p',
    subject,
    source: 'test',
    eventId: id,
    content: contentDigest({ type, subject, schemaVersion: 1, data, expectedSeq }),
    partition: 0,
    offset,
  };
};

const judged = (world: World, receipt: Receipt) =>
  judgementOf(new LiveReads(world.store, world.projection), receipt);

describe('judgementOf', () => {
  it('is pending until the place of the claim is folded', async () => {
    const world = await openWorld();
    world.append({ id: 'x' });
    const receipt = receiptOf(0, { type: 'run.started' });
    expect(await judged(world, receipt)).toEqual({ state: 'pending' });
    await world.foldAll(world.projector());
    expect(await judged(world, receipt)).toMatchObject({
      state: 'accepted',
      seq: 1,
      replayed: false,
    });
    expect(await judged(world, { ...receipt, offset: null })).toMatchObject({ state: 'accepted' });
    const other = receiptOf(null, { id: 'other', type: 'run.started' });
    expect(await judged(world, other)).toEqual({ state: 'pending' });
  });

  it('tells a repetition from a conflict, of events and of refusals', async () => {
    const world = await openWorld();
    world.append({ id: 'x', type: 'run.delta' });
    world.append({ id: 'x', type: 'run.delta', data: { text: 'other' } });
    world.append({ id: 'y' });
    world.append({ id: 'y' });
    world.append({ id: 'y', data: { title: 'other' } });
    await world.foldAll(world.projector());
    const rejected = (code: string): unknown =>
      expect.objectContaining({ state: 'rejected', code });
    const delta = { type: 'run.delta' };
    const start = { id: 'y', type: 'run.started' };
    expect(await judged(world, receiptOf(0, delta))).toEqual(rejected('not_found'));
    expect(await judged(world, receiptOf(1, { ...delta, data: { text: 'other' } }))).toEqual(
      rejected('idempotency_conflict'),
    );
    expect(await judged(world, receiptOf(3, start))).toMatchObject({ seq: 1, replayed: true });
    expect(await judged(world, receiptOf(4, { ...start, data: { title: 'other' } }))).toEqual(
      rejected('idempotency_conflict'),
    );
  });

  it('says pending, not unknown, when the store comes back older between two of its reads', async () => {
    const world = await openWorld();
    world.append({ id: 'x' });
    await world.foldAll(world.projector());
    const receipt = receiptOf(0, { type: 'run.started' });
    for (let readsBefore = 1; readsBefore <= 2; readsBefore++) {
      const image = world.store.capture();
      let reads = 0;
      const read: World['store']['read'] = (slot, wanted) => {
        // Generation 0 is the pointer.
        if (slot.generation > 0 && reads++ === readsBefore) world.store.wipe();
        return world.store.read(slot, wanted);
      };
      const store = Object.assign(Object.create(world.store) as World['store'], { read });
      expect(await judgementOf(new LiveReads(store, world.projection), receipt)).toEqual({
        state: 'pending',
      });
      expect(reads).toBe(readsBefore + 1);
      world.store.restore(image);
    }
  });

  it('tells which of several events a claim became, when its identity had lapsed between them', async () => {
    const world = await openWorld('worker');
    world.append();
    const beat = { type: 'worker.heartbeat', id: 'x' };
    world.append(beat);
    world.skip(LAPSE_MS);
    world.append(beat);
    world.append(beat);
    await world.foldAll(world.projector());
    const claimed = { kind: 'worker' as const, type: 'worker.heartbeat' };
    const seqs = await Promise.all(
      [1, 2, 3].map(async (offset) => judged(world, receiptOf(offset, claimed))),
    );
    expect(seqs.map((state) => ('seq' in state ? [state.seq, state.replayed] : state))).toEqual([
      [2, false],
      [3, false],
      [3, true],
    ]);
  });

  it('lets a refusal speak for its own place and for later ones only', async () => {
    const world = await openWorld('worker');
    world.append();
    const beat = { type: 'worker.heartbeat', id: 'x' };
    world.append(beat);
    world.skip(LAPSE_MS);
    world.append({ ...beat, expectedseq: 9 });
    await world.foldAll(world.projector());
    const claimed = { kind: 'worker' as const, type: 'worker.heartbeat' };
    expect(await judged(world, receiptOf(1, claimed))).toMatchObject({ seq: 2 });
    expect(await judged(world, receiptOf(2, { ...claimed, expectedSeq: 9 }))).toMatchObject({
      state: 'rejected',
      code: 'sequence_conflict',
    });
  });

  it('takes the first claim of an ID that was made for it as the claim itself', async () => {
    const world = await openWorld();
    world.append({ id: 'x', type: 'run.delta' });
    world.append({ id: 'y' });
    world.append({ id: 'y', data: { title: 'other' } });
    await world.foldAll(world.projector());
    const own = (offset: number, id: string): Receipt => ({
      ...receiptOf(offset, { id, type: 'told by nobody' }),
      content: null,
    });
    expect(await judged(world, own(0, 'x'))).toMatchObject({ code: 'not_found' });
    expect(await judged(world, own(1, 'y'))).toMatchObject({ seq: 1, replayed: false });
    expect(await judged(world, own(0, 'y'))).toEqual({ state: 'unknown' });
  });

  it('finds a dead letter by its place', async () => {
    const world = await openWorld();
    world.log.appendForeign('t', 0, { key: null, value: 'not ours' });
    await world.foldAll(world.projector());
    expect(await judged(world, receiptOf(0, { type: 'run.started' }))).toMatchObject({
      state: 'dead_letter',
    });
  });
});

describe('a receipt', () => {
  it('survives its text, and no other text is one', () => {
    const receipt = receiptOf(7, { type: 'run.started' });
    expect(decodeReceipt(encodeReceipt(receipt))).toEqual(receipt);
    for (const other of [{ offset: null }, { content: null }]) {
      expect(decodeReceipt(encodeReceipt({ ...receipt, ...other }))).toEqual({
        ...receipt,
        ...other,
      });
    }
    const placeless = { offset: null, content: null };
    for (const wrong of [{ partition: -1 }, { offset: 0.5 }, { subject: 'r' }, placeless]) {
      expect(decodeReceipt(encodeReceipt({ ...receipt, ...wrong }))).toBeNull();
    }
    for (const text of ['', 'x', Buffer.from('{}').toString('base64url')]) {
      expect(decodeReceipt(text)).toBeNull();
    }
    const [, ...fields] = JSON.parse(Buffer.from(encodeReceipt(receipt), 'base64url').toString()) as unknown[]; // prettier-ignore
    for (const other of [fields, [2, ...fields]]) {
      expect(decodeReceipt(Buffer.from(JSON.stringify(other)).toString('base64url'))).toBeNull();
    }
  });
});
