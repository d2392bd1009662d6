/**
 * Over real backends, another generation is built, swapped in, out and in again while claims keep coming
 * and somebody reads all partitions all the time; then the first one is dropped.
 */
import type { JsonValue, VerdictNotice } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import type { Rulebook, View } from '@refold/domain';
import {
  ProjectionReader,
  beginSwap,
  createGeneration,
  dropGeneration,
  readPointer,
} from '@refold/pipeline';
import type { PointerPorts, ViewStore } from '@refold/pipeline';
import { describe, expect, it, vi } from 'vitest';
import { openEmbeddedPorts } from './embedded-ports.js';
import type { OpenPorts } from './http-stack.js';
import { withKafkaAndRedis } from './kafka-redis-ports.js';
import { RefoldBench } from './refold-fixture.js';

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

const WAIT = { timeout: 60_000, interval: 20 };

/** Reads all partitions until it is told to stop, and says what no reader may see. */
function poll(store: ViewStore, bench: RefoldBench) {
  const reader = new ProjectionReader(store, bench.projection);
  const faults: string[] = [];
  const seen = new Set<string>();
  const served = new Map<number, number>();
  let isOver = false;
  const look = async (): Promise<void> => {
    const { entries, positions } = await reader.list('run', 'runs/all', undefined, 100);
    const versions = new Set(
      entries.map(({ document }) => JSON.stringify(document?.views['run']).includes('told_by')),
    );
    if (versions.size > 1) faults.push('documents of two generations in one answer');
    for (const version of versions) seen.add(version ? 'first' : 'second');
    for (const { partition, next } of positions) {
      if (next < (served.get(partition) ?? 0)) faults.push(`partition ${partition} went back`);
      served.set(partition, next);
    }
  };
  const running = (async () => {
    while (!isOver) await look();
  })();
  const stop = async () => {
    isOver = true;
    await running;
    return { faults: [...new Set(faults)], seen: [...seen].sort() };
  };
  return { stop };
}

/** How often the verdict of each claim was told, by partition and offset. */
async function listen(store: ViewStore) {
  const told = new Map<string, number>();
  const stop = await store.listen('refold:reply:bench', {
    message(text) {
      for (const { partition, offset } of JSON.parse(text) as VerdictNotice[]) {
        const place = `${partition}/${offset}`;
        told.set(place, (told.get(place) ?? 0) + 1);
      }
    },
    resumed: () => undefined,
  });
  return { told, stop };
}

async function operate(bench: RefoldBench, store: ViewStore) {
  const { projection } = bench;
  let ids = 0;
  const ports: PointerPorts = { store, commitId: () => `pointer-${ids++}` };
  const whileAppending = async (isSo: () => Promise<boolean> | boolean): Promise<void> => {
    await vi.waitFor(async () => {
      await bench.append(5);
      expect(await isSo()).toBe(true);
    }, WAIT);
  };
  const swap = async (operation: string, to: number): Promise<void> => {
    await beginSwap(ports, projection, { operation, to, partitions: [0, 1] });
    const outcome = async () => (await readPointer(store, projection)).done.get(operation)?.kind;
    await whileAppending(async () => (await outcome()) !== undefined);
    expect(await outcome()).toBe('swapped');
    await whileAppending(() =>
      bench.projector.status().every(({ generation }) => generation === to),
    );
  };
  const request = { operation: 'build', views: 'run@1', share: 0.5 };
  expect(await createGeneration(ports, projection, request)).toMatchObject({ generation: 2 });
  await whileAppending(() => {
    const asides = bench.projector.status().flatMap((one) => one.asides);
    const isNear = asides.every(({ next, end }) => next !== null && next >= (end ?? 0) - 100);
    return asides.length === 2 && isNear;
  });
  await swap('in', 2);
  await swap('out', 1);
  await swap('in again', 2);
  await dropGeneration(ports, projection, { operation: 'drop', generation: 1 });
  await whileAppending(async () => {
    const { generations } = await readPointer(store, projection);
    return !generations.has(1);
  });
}

function swaps(open: OpenPorts): void {
  it('under live claims, and readers see one of them at a time', { timeout: 240_000 }, async () => {
    const ports = await open();
    const { log, store } = ports;
    const bench = new RefoldBench(log, store, `generations-${Date.now()}`, TWO_VIEWS);
    const heard = await listen(store);
    await bench.open();
    const polling = poll(store, bench);
    await operate(bench, store);
    await bench.caughtUp();
    const read = await polling.stop();
    const [seen, fresh] = [await bench.seen(), await bench.seenFresh(RULEBOOK)];
    const ends = await Promise.all([0, 1].map((partition) => bench.end(partition)));
    await vi.waitFor(() => expect(heard.told.size).toBe(ends.reduce((a, b) => a + b)), WAIT);
    await heard.stop();
    await bench.close();
    await ports.close();
    expect(read).toEqual({ faults: [], seen: ['first', 'second'] });
    expect(seen).toEqual(fresh);
    expect([...heard.told].filter(([, times]) => times !== 1)).toEqual([]);
  });
}

describe('generations are swapped', () => {
  describe('embedded', () => swaps(openEmbeddedPorts));
  withKafkaAndRedis('generations', swaps);
});
