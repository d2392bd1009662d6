/** A poison event parks its run while all others go on; redriven, or without the event, it is as a fresh fold makes it. */
import { encodeEnvelope, partitionOf } from '@refold/contracts';
import { decodeCheckpoint, ProjectionReader, slotOf, type OutgoingRecord } from '@refold/pipeline';
import { createMemoryViewStore, foldLog, proofSize, reportProof } from '@refold/test-kit';
import { afterEach, expect, it, vi } from 'vitest';
import { openStack, type HttpStack } from './http-stack.js';
import { withKafkaAndRedis } from './kafka-redis-ports.js';
import { carriedOut } from './operator-runs.js';
import { breakRules, POISON } from './poison.js';

const PARTITIONS = 4;
const EVENTS = 3;
const WAIT = { timeout: 240_000, interval: 100 };

/** Runs beside those that are poisoned. */
const OTHERS = proofSize({ short: 500, full: 10_000 });

/** One is redriven, the other goes on without the event. */
const POISONED = ['mended', 'skipped'];

function event(topic: string, key: string, n: number, type: string): OutgoingRecord {
  const data = type === 'run.delta' ? { text: `${n}` } : null;
  const fields = { id: `${key}-${n}`, source: '/proof', type, subject: `run/${key}`, data };
  return { topic, partition: partitionOf(key, PARTITIONS), key, value: encodeEnvelope(fields) };
}

/** Everything that is written, in the order in which it is: the poison has events before it, and behind. */
function* events(topic: string, ids: readonly string[]): Generator<OutgoingRecord> {
  for (let n = 0; n < EVENTS; n++) {
    const type = n === 0 ? 'run.started' : 'run.delta';
    for (const id of ids) yield event(topic, id, n, type);
    for (const id of POISONED) yield event(topic, id, n, n === 1 ? POISON : type);
  }
}

async function write({ log }: HttpStack, records: Iterable<OutgoingRecord>): Promise<number[]> {
  const byPartition = Array.from({ length: PARTITIONS }, (): OutgoingRecord[] => []);
  for (const record of records) byPartition[record.partition]?.push(record);
  for (const [partition, some] of byPartition.entries()) {
    const [first] = some;
    if (first === undefined) continue;
    const lane = await log.openLane(await log.laneOf(first.topic, partition));
    for (let at = 0; at < some.length; at += 500) await lane.send(some.slice(at, at + 500));
    await lane.close();
  }
  return byPartition.map(({ length }) => length);
}

withKafkaAndRedis('parked', (open) => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('parks its runs, and all others go on', { timeout: 300_000 }, async () => {
    const stack = await openStack(open, PARTITIONS);
    const { log, store, installation } = stack;
    const { runs } = installation.projections;
    const broken = breakRules();
    const ids = Array.from({ length: OTHERS }, (_, n) => `run-${n}`);
    const began = performance.now();
    const written = await write(stack, events(runs.topic, ids));
    await vi.waitFor(async () => {
      for (const [partition, records] of written.entries()) {
        const { checkpoint } = await store.read(slotOf(runs, partition), []);
        expect(checkpoint === null ? 0 : decodeCheckpoint(checkpoint).next).toBe(records);
      }
    }, WAIT);
    const foldedMs = Math.round(performance.now() - began);

    const reader = new ProjectionReader(store, runs);
    const { entries } = await reader.list('run', 'parked', undefined, 10);
    expect(entries.map(({ streamId }) => streamId).sort()).toEqual(POISONED);
    for (const { document } of entries) {
      expect(document).toMatchObject({ state: { seq: 1 }, parked: { count: 1 } });
    }
    for (const id of ids) {
      expect((await reader.document('run', id)).document?.state?.seq).toBe(EVENTS);
    }

    const [mended = '', skipped = ''] = POISONED;
    const offset = entries.find(({ streamId }) => streamId === skipped)?.document?.parked?.offset;
    const subject = `run/${skipped}`;
    const claim = { target: 'claim', subject, offset };
    expect((await carriedOut(stack, { verb: 'skip', arguments: claim })).status).toBe('done');
    broken.mend();
    const all = { target: 'parked' };
    const redriven = await carriedOut(stack, { verb: 'redrive', arguments: all });
    expect(redriven.result).toMatchObject({ streams: 1, records: EVENTS, replaced: 1 });
    const checked = await carriedOut(stack, {
      verb: 'verify',
      arguments: { target: 'to-earliest' },
    });
    expect([checked.status, checked.result.differing]).toEqual(['done', 0]);

    const fresh = createMemoryViewStore();
    await foldLog(log, fresh, runs);
    const freshly = new ProjectionReader(fresh, runs);
    for (const id of [...POISONED, ...ids]) {
      const is = await reader.timeline('run', id, 0, 10);
      const ought = await freshly.timeline('run', id, 0, 10);
      expect([is.document?.state, is.document?.views, is.events]).toEqual([
        ought.document?.state,
        ought.document?.views,
        ought.events,
      ]);
    }
    expect((await reader.document('run', mended)).document?.state?.seq).toBe(EVENTS);
    expect((await reader.document('run', skipped)).document?.state?.seq).toBe(EVENTS - 1);
    reportProof({ others: OTHERS, events: EVENTS * OTHERS, folded_ms: foldedMs });
    await stack.close();
  });
});
