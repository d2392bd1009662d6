import { encodeEnvelope, partitionOf } from '@refold/contracts';
import type { JsonValue } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { PartitionProjector } from '../project/partition-projector.js';
import type { Projection } from '../projection.js';
import { CHUNK_EVENTS } from '../slot/timeline.js';
import { handTiming } from '../timing.fixture.js';
import { CatchingUp } from './position-floor.js';
import { PositionWaits } from './position-waits.js';
import { ProjectionReader } from './projection-reader.js';

const PROJECTION: Projection = {
  name: 'runs',
  topic: 't',
  kinds: ['run'],
  partitions: 3,
  generation: 1,
};

async function open() {
  const clock = { now: 1000 };
  const log = createMemoryEventLog({ clock: () => clock.now });
  await log.ensureTopics([{ name: 't', partitions: PROJECTION.partitions }]);
  const store = createMemoryViewStore();
  const { timing, advance } = handTiming();
  let ids = 0;
  const append = (streamId: string, type = 'run.started', data: JsonValue = null) => {
    const partition = partitionOf(streamId, PROJECTION.partitions);
    const subject = `run/${streamId}`;
    const value = encodeEnvelope({ id: `e${ids++}`, source: 'test', type, subject, data });
    log.appendForeign('t', partition, { key: streamId, value });
  };
  const owners = Array.from({ length: PROJECTION.partitions }, (_, partition) => {
    const ports = {
      log,
      store,
      timing,
      rulebook: RULEBOOK,
      commitId: () => `c${ids++}`,
      committed: () => undefined,
      mirror: () => Promise.resolve([]),
      trouble: () => undefined,
    };
    return new PartitionProjector(ports, PROJECTION, partition);
  });
  const fold = async () => {
    for (const [partition, owner] of owners.entries()) {
      const next = await owner.position();
      await owner.handle(await log.read('t', partition, next));
    }
  };
  const reader = new ProjectionReader(store, PROJECTION);
  return { clock, store, timing, advance, append, fold, reader };
}

describe('ProjectionReader', () => {
  it('reads a document with the position it belongs to', async () => {
    const { append, fold, reader } = await open();
    const partition = reader.partitionOf('r');
    expect(await reader.document('run', 'r')).toEqual({
      streamId: 'r',
      document: null,
      position: { partition, next: 0, time: 0 },
      rebuilding: false,
    });
    append('r');
    await fold();
    const { document, position } = await reader.document('run', 'r');
    expect(document?.state).toMatchObject({ seq: 1, status: 'running' });
    expect(position).toEqual({ partition, next: 1, time: 1000 });
  });

  it('reads any page of a timeline, whatever the chunks', async () => {
    const { append, fold, reader } = await open();
    const total = CHUNK_EVENTS * 2 + 3;
    append('r');
    for (let n = 2; n <= total; n++) append('r', 'run.delta', { text: `${n}` });
    await fold();
    const seqs = async (after: number, limit: number) =>
      (await reader.timeline('run', 'r', after, limit)).events.map(({ seq }) => seq);
    const range = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, n) => from + n);
    expect(await seqs(0, 1000)).toEqual(range(1, total));
    expect(await seqs(CHUNK_EVENTS - 1, 2)).toEqual([CHUNK_EVENTS, CHUNK_EVENTS + 1]);
    expect(await seqs(CHUNK_EVENTS, CHUNK_EVENTS)).toEqual(
      range(CHUNK_EVENTS + 1, CHUNK_EVENTS * 2),
    );
    expect(await seqs(total - 1, 10)).toEqual([total]);
    expect(await seqs(total, 10)).toEqual([]);
    expect(await seqs(total + 5, 10)).toEqual([]);
    const { events } = await reader.timeline('run', 'r', 1, 1);
    expect(events[0]).toMatchObject({ seq: 2, type: 'run.delta', data: { text: '2' } });
  });

  it.each([1, 3, 7, 200])(
    'pages through a list over all partitions, %i at a time',
    async (limit) => {
      const { append, fold, reader, clock } = await open();
      const ids = Array.from({ length: 20 }, (_, n) => `run-${n}`);
      for (const [n, id] of ids.entries()) {
        clock.now = 1000 + Math.floor(n / 4);
        append(id);
      }
      await fold();
      const found: { streamId: string; score: number }[] = [];
      for (let pages = 0; pages < 30; pages++) {
        const last = found.at(-1);
        const before =
          last === undefined ? undefined : { score: last.score, member: last.streamId };
        const { entries, positions } = await reader.list('run', 'runs/all', before, limit);
        expect(positions).toHaveLength(PROJECTION.partitions);
        expect(entries.every(({ document }) => document?.state?.seq === 1)).toBe(true);
        found.push(...entries);
        if (entries.length < limit) break;
      }
      expect(new Set(found.map(({ streamId }) => streamId))).toEqual(new Set(ids));
      expect(found).toHaveLength(ids.length);
      const order = found.map(({ streamId, score }) => [score, streamId] as const);
      expect(order).toEqual([...order].sort((a, b) => b[0] - a[0] || (a[1] < b[1] ? 1 : -1)));
    },
  );

  it('moves a run from list to list with its status', async () => {
    const { append, fold, reader } = await open();
    const listed = async (index: string) =>
      (await reader.list('run', index, undefined, 10)).entries.map(({ streamId }) => streamId);
    append('r', 'run.created', { worker_id: 'w', owner_user_id: 7 });
    await fold();
    expect(await listed('runs/status/created')).toEqual(['r']);
    append('r');
    append('r', 'run.finished', { status: 'succeeded' });
    await fold();
    expect(await listed('runs/status/created')).toEqual([]);
    expect(await listed('runs/status/running')).toEqual([]);
    expect(await listed('runs/status/succeeded')).toEqual(['r']);
    expect(await listed('runs/worker/w')).toEqual(['r']);
    expect(await listed('runs/owner/user:7')).toEqual(['r']);
  });

  it('does not go back in time, and serves again when the store has caught up', async () => {
    const { append, fold, reader, store } = await open();
    const before = store.capture();
    append('r');
    await fold();
    await reader.document('run', 'r');
    const after = store.capture();
    store.restore(before);
    await expect(reader.document('run', 'r')).rejects.toThrow(CatchingUp);
    await expect(reader.list('run', 'runs/all', undefined, 10)).rejects.toThrow(CatchingUp);
    const elsewhere = new ProjectionReader(store, PROJECTION);
    expect((await elsewhere.document('run', 'r')).document).toBeNull();
    store.restore(after);
    expect((await reader.document('run', 'r')).document?.state?.seq).toBe(1);
  });
});

describe('reads under way at once', () => {
  it('are answered whatever order they come back in, and none below another', async () => {
    const { append, fold, store } = await open();
    let release = (): void => undefined;
    let held: Promise<void> | null = null;
    const late = new ProjectionReader(
      {
        async read(slot, reads) {
          const before = held;
          const answer = await store.read(slot, reads);
          await before;
          return answer;
        },
      },
      PROJECTION,
    );
    append('r');
    await fold();
    held = new Promise((resolve) => {
      release = resolve;
    });
    const first = late.document('run', 'r');
    held = null;
    append('r', 'run.delta');
    await fold();
    expect((await late.document('run', 'r')).position.next).toBe(2);
    release();
    expect((await first).position.next).toBe(2);
    expect((await late.checkpoint(late.partitionOf('r')))?.next).toBe(2);
  });
});

describe('PositionWaits', () => {
  it('answers when the position is folded, when the time is over, and when it stops', async () => {
    const { append, fold, reader, store, timing, advance } = await open();
    const waits = new PositionWaits(store, timing, reader);
    await waits.start();
    const partition = reader.partitionOf('r');
    expect(await waits.reached(partition, 0, 0)).toBe(true);
    append('r');
    const soon = waits.reached(partition, 1, 5000);
    await fold();
    expect(await soon).toBe(true);
    expect(await waits.reached(partition, 1, 0)).toBe(true);
    const late = waits.reached(partition, 2, 5000);
    await advance(5000);
    expect(await late).toBe(false);
    const stopped = waits.reached(partition, 2, 5000);
    await waits.stop();
    expect(await stopped).toBe(false);
  });

  it('looks again after a gap in the messages', async () => {
    const { reader, store, timing } = await open();
    const other = await open();
    other.append('r');
    await other.fold();
    const waits = new PositionWaits(store, timing, reader);
    await waits.start();
    const wait = waits.reached(reader.partitionOf('r'), 1, 5000);
    store.restore(other.store.capture());
    store.interrupt();
    expect(await wait).toBe(true);
    await waits.stop();
  });
});
