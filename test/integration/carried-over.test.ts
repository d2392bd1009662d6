/**
 * Over every backend, a log loses its head; a generation is built all the same and swapped in while claims keep
 * coming. Every stream is there, judged as before; those that began before the head keep their views.
 */
import { encodeEnvelope, partitionOf } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import type { JsonValue } from '@refold/contracts';
import type { Rulebook, View } from '@refold/domain';
import {
  OffsetOutOfRange,
  ProjectionReader,
  beginSwap,
  carriedInto,
  streamsCarried,
  createGeneration,
  readPointer,
} from '@refold/pipeline';
import type { EventLog, PointerPorts, ViewStore } from '@refold/pipeline';
import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { describe, expect, it, vi } from 'vitest';
import { deleteHead } from '../end-to-end/support/kafka-admin.js';
import { openEmbeddedPorts } from './embedded-ports.js';
import { withKafkaAndRedis } from './kafka-redis-ports.js';
import { RefoldBench } from './refold-fixture.js';

type Cut = (topic: string, partition: number, start: number) => Promise<void>;

/** Ports, and how their log loses its head. */
interface CutPorts {
  log: EventLog;
  store: ViewStore;
  cut: Cut;
  close(): Promise<void>;
}

const secondOf = (view: View): View => ({
  ...view,
  version: 2,
  evolve: (document, event, state) => ({
    ...(view.evolve(document, event, state) as Record<string, JsonValue>),
    told_by: 'version 2',
  }),
});

/** New slots begin with version 2, so that version 1 is what the second generation has. */
const TWO_VIEWS: Rulebook = {
  ...RULEBOOK,
  views: [...RULEBOOK.views, ...RULEBOOK.views.map(secondOf)],
};

/** A run as a reader is given it; one that never began has no state. */
interface SeenRun {
  state?: { seq: number };
  events: unknown[];
}

const WAIT = { timeout: 60_000, interval: 20 };

const LATE = ['late-1', 'late-2', 'late-3'];

async function startLate({ log }: CutPorts, topic: string): Promise<void> {
  const lane = await log.openLane(await log.laneOf(topic, 0));
  const records = LATE.map((key) => {
    const fields = { id: key, source: 'late', type: 'run.started', data: null };
    const value = encodeEnvelope({ ...fields, subject: `run/${key}` });
    return { topic, partition: partitionOf(key, 2), key, value };
  });
  await lane.send(records);
  await lane.close();
}

async function viewsOf(store: ViewStore, bench: RefoldBench, ids: readonly string[]) {
  const reader = new ProjectionReader(store, bench.projection);
  const read = ids.map(async (id) => (await reader.timeline('run', id, 0, 1)).document);
  const documents = await Promise.all(read);
  const versions = documents.map((document) =>
    JSON.stringify(document?.views['run'] ?? null).includes('told_by') ? 'second' : 'first',
  );
  return [...new Set(versions)];
}

async function builtAndSwapped(ports: CutPorts): Promise<void> {
  const { store, log } = ports;
  const bench = new RefoldBench(log, store, `carried-${Date.now()}`, TWO_VIEWS);
  const { projection } = bench;
  await bench.open();
  const starts = await Promise.all([0, 1].map((partition) => bench.end(partition)));
  await startLate(ports, projection.topic);
  await bench.append(50);
  await bench.caughtUp();
  for (const [partition, start] of starts.entries()) {
    await ports.cut(projection.topic, partition, start);
  }
  let ids = 0;
  const pointer: PointerPorts = { store, commitId: () => `pointer-${ids++}` };
  const request = { operation: 'build', views: 'run@1', share: 1 };
  await createGeneration(pointer, projection, request);
  const carried = () =>
    Promise.all(
      [0, 1].map((partition) =>
        carriedInto(store, { projection: projection.name, generation: 2, partition }),
      ),
    );
  await vi.waitFor(async () => {
    await bench.append(5);
    expect((await carried()).every((one) => one?.isOver === true)).toBe(true);
  }, WAIT);
  const streams = (await carried()).reduce(
    (sum, one) => sum + (one === null ? 0 : streamsCarried(one)),
    0,
  );
  await beginSwap(pointer, projection, { operation: 'in', to: 2, partitions: [0, 1] });
  const outcome = async () => (await readPointer(store, projection)).done.get('in');
  await vi.waitFor(async () => {
    await bench.append(5);
    expect(await outcome()).toBeDefined();
  }, WAIT);
  await vi.waitFor(async () => {
    await bench.append(5);
    expect(bench.projector.status().map(({ generation }) => generation)).toEqual([2, 2]);
  }, WAIT);
  await bench.caughtUp();
  const all = (await bench.seen()) as SeenRun[];
  // One of the runs never began: its first event had the identity of one that was refused.
  const seen = all.filter((one): one is Required<SeenRun> => one.state != null);
  const old = await viewsOf(
    store,
    bench,
    all.flatMap(({ state }, n) => (state == null ? [] : [`r${n}`])),
  );
  const late = await viewsOf(store, bench, LATE);
  const swapped = await outcome();
  await bench.close();
  await ports.close();
  // Under the seal every seq and chain was compared with those of the live generation.
  expect(swapped).toMatchObject({ kind: 'swapped', to: 2 });
  expect(streams).toBe(seen.length);
  expect(seen).toHaveLength(all.length - 1);
  expect(seen.map(({ state }) => state.seq)).toEqual(seen.map(({ events }) => events.length));
  expect({ old, late }).toEqual({ old: ['second'], late: ['first'] });
}

function carriesOver(open: () => Promise<CutPorts>): void {
  it('streams whose beginning is gone, and swaps', { timeout: 120_000 }, async () =>
    builtAndSwapped(await open()),
  );
}

/** A log that gives nothing up by itself. */
function withoutHead(log: EventLog): { log: EventLog; cut: Cut } {
  const starts = new Map<number, number>();
  const range: EventLog['range'] = async (topic, partition) => {
    const found = await log.range(topic, partition);
    return { ...found, start: Math.max(found.start, starts.get(partition) ?? 0) };
  };
  const read: EventLog['read'] = async (topic, partition, from, ...rest) => {
    const held = await range(topic, partition);
    if (from < held.start) throw new OffsetOutOfRange(topic, partition, from, held);
    return log.read(topic, partition, from, ...rest);
  };
  const cut: Cut = async (_topic, partition, start) => void starts.set(partition, start);
  return { log: Object.assign(Object.create(log) as EventLog, { range, read }), cut };
}

describe('a generation is built where the log has lost its head, and carries over', () => {
  describe('in memory', () =>
    carriesOver(async () => {
      const log = createMemoryEventLog({ clock: Date.now, lanes: 1 });
      const cut: Cut = async (...head) => log.deleteHead(...head);
      return { log, store: createMemoryViewStore(), cut, close: async () => undefined };
    }));
  describe('embedded', () =>
    carriesOver(async () => {
      const ports = await openEmbeddedPorts();
      return { ...ports, ...withoutHead(ports.log) };
    }));
  withKafkaAndRedis('carried', (open, brokers) =>
    carriesOver(async () => ({
      ...(await open()),
      cut: (...head) => deleteHead(brokers(), ...head),
    })),
  );
});
