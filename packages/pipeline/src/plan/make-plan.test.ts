import { describe, expect, it, vi } from 'vitest';
import { noWrites } from '../ports/view-store.js';
import { openWorld } from '../project/one-partition.fixture.js';
import { slotOf } from '../projection.js';
import { documentName } from '../slot/names.js';
import { makePlan } from './make-plan.js';
import type { PlanRequest, PlanWatch } from './make-plan.js';
import type { Verb } from './verb.js';
import { NO_TRAFFIC } from './traffic.fixture.js';

/** Offsets 0–9: a dead letter, then a, b, c in turn; each claim has an append time of its own offset + 1000. */
async function open() {
  const world = await openWorld();
  world.log.appendForeign('t', 0, { key: 'k', value: 'not ours' });
  for (let i = 0; i < 9; i++) {
    const id = 'abc'[i % 3] ?? '';
    const type = i < 3 ? 'run.started' : 'run.delta';
    world.append({ subject: `run/${id}`, type, ...(id === 'b' ? { replyto: 'door' } : {}) });
  }
  await world.foldAll(world.projector());
  const plan = (verb: Verb, request: Partial<PlanRequest> = {}, watch: PlanWatch = {}) =>
    makePlan(
      { log: world.log, store: world.store },
      world.projection,
      { verb, effect: 'replace', partitions: null, nowMs: 2_000, measured: [], ...request },
      watch,
    );
  return { ...world, plan };
}

describe('a plan', () => {
  it('to the earliest is everything that is folded, from the first claim on', async () => {
    const { plan } = await open();
    const { partitions, totals, isRefused } = await plan({ verb: 'to-earliest' });
    expect(partitions).toMatchObject([
      { partition: 0, from: 0, to: 10, select: { kind: 'range', from: 0, to: 10 }, readFrom: 1 },
    ]);
    expect(totals).toMatchObject({ streams: 3, records: 9, readRecords: 9, heldVerdicts: 3 });
    expect(totals.heldDeadLetters).toBe(0);
    expect(isRefused).toBe(false);
  });

  it('to an offset is the streams with a claim since, read from their beginnings', async () => {
    const { plan, append, foldAll, projector, log } = await open();
    log.appendForeign('t', 0, { key: 'k', value: 'not ours' });
    append({ subject: 'run/d' });
    append({ subject: 'run/b', type: 'run.delta' });
    await foldAll(projector());
    const { partitions, totals } = await plan({ verb: 'to-offset', offset: 12 });
    expect(partitions[0]).toMatchObject({ from: 12, to: 13, readFrom: 2 });
    expect(totals).toMatchObject({ streams: 1, records: 4, readRecords: 11, heldVerdicts: 3 });
    expect(totals.heldDeadLetters).toBe(1);
    const values = log.records('t', 0).filter(({ key, offset }) => key === 'b' && offset > 0);
    const bytes = values.reduce((sum, one) => sum + Buffer.byteLength(`${one.key}${one.value}`), 0);
    expect(totals.bytes).toBe(bytes);
  });

  it('for one run reads from its first claim to the checkpoint, and no more', async () => {
    const { plan } = await open();
    const { partitions, totals } = await plan({ verb: 'run', subject: 'run/c' });
    expect(partitions[0]).toMatchObject({ readFrom: 3, to: 10 });
    expect(partitions[0]?.select).toEqual({ kind: 'streams', subjects: ['run/c'], to: 10 });
    expect(totals).toMatchObject({ streams: 1, records: 3, readRecords: 7 });
  });

  it('for a stream that neither the log nor the store knows is refused, and for one of them it is not', async () => {
    const { plan, append, foldAll, projector, log, store, projection } = await open();
    const unknown = { partition: 0, reason: 'unknown_stream', message: 'run/x does not exist.' };
    for (const effect of ['replace', 'compare', 'repair'] as const) {
      await expect(plan({ verb: 'run', subject: 'run/x' }, { effect })).rejects.toMatchObject(
        unknown,
      );
    }
    append({ subject: 'run/x' });
    await expect(plan({ verb: 'run', subject: 'run/x' })).rejects.toMatchObject(unknown);
    await foldAll(projector());
    expect((await plan({ verb: 'run', subject: 'run/x' })).totals.streams).toBe(1);
    const { checkpoint } = await store.read(slotOf(projection, 0), []);
    const writes = noWrites();
    writes.remove.push(documentName('run/x'));
    await store.commit(slotOf(projection, 0), checkpoint, checkpoint ?? '', writes, []);
    const lost = await plan({ verb: 'run', subject: 'run/x' });
    expect(lost.totals).toMatchObject({ streams: 1, records: 1 });
    log.deleteHead('t', 0, 10);
    const cut = await plan({ verb: 'run', subject: 'run/a' });
    expect(cut.totals).toMatchObject({ streams: 0, records: 0, unrebuildable: 1 });
  });

  it('says of no stream that it does not exist where nothing is folded: it may be on the log', async () => {
    const { log, store, projection } = await openWorld();
    const ports = { log, store, timing: { now: () => 0 } };
    const verb = { verb: 'run', subject: 'run/x' } as const;
    const request = {
      verb,
      effect: 'replace',
      partitions: null,
      nowMs: 0,
      measured: [],
    } as const;
    const { partitions } = await makePlan(ports, projection, request);
    expect(partitions.map(({ refusal }) => refusal?.reason)).toEqual(['nothing_folded']);
  });

  it('since a time begins with the first record of that time', async () => {
    const { plan } = await open();
    const datetime = '1970-01-01T00:00:01.008';
    const [one] = (await plan({ verb: 'to-datetime', datetime })).partitions;
    expect(one).toMatchObject({ from: 8, streams: 2, records: 6 });
    const [other] = (await plan({ verb: 'by-duration', duration: 'PT0.992S' })).partitions;
    expect(other).toEqual({ ...one });
  });

  it('until a time is the streams with a record between, and no later ones', async () => {
    const { plan } = await open();
    const datetime = '1970-01-01T00:00:01.005';
    const until = '1970-01-01T00:00:01.006';
    const [one] = (await plan({ verb: 'to-datetime', datetime, until })).partitions;
    expect(one).toMatchObject({ from: 5, to: 6, streams: 1, refusal: null });
    expect(one?.select).toEqual({ kind: 'range', from: 5, to: 6 });
    const later = '1970-01-01T00:00:09';
    const [all] = (await plan({ verb: 'to-datetime', datetime, until: later })).partitions;
    expect(all).toMatchObject({ from: 5, to: 10 });
  });

  it('to where it stands is nothing at all', async () => {
    const { plan, log } = await open();
    const read = vi.spyOn(log, 'read');
    const { totals, etaSeconds, isRefused } = await plan({ verb: 'to-current' });
    expect(totals).toMatchObject({ streams: 0, records: 0, readRecords: 0, bytes: 0 });
    expect([etaSeconds, isRefused]).toEqual([0, false]);
    expect(read).not.toHaveBeenCalled();
  });

  it('that goes ahead is refused with what it would skip, and nothing is read for it', async () => {
    const { plan, append, log } = await open();
    append({ subject: 'run/a', type: 'run.delta' });
    const read = vi.spyOn(log, 'read');
    const latest = await plan({ verb: 'to-latest' });
    expect(latest.partitions[0]?.refusal).toEqual({ reason: 'forward', skips: 1 });
    expect(latest.isRefused).toBe(true);
    const shifted = await plan({ verb: 'shift-by', shift: 7 });
    expect(shifted.partitions[0]?.refusal).toEqual({ reason: 'forward', skips: 7 });
    expect(read).not.toHaveBeenCalled();
  });

  it('says what the log no longer has, and names the streams that stay as they are', async () => {
    const { plan, log } = await open();
    log.deleteHead('t', 0, 3);
    const { partitions, totals } = await plan({ verb: 'to-offset', offset: 1 });
    expect(partitions[0]).toMatchObject({
      from: 1,
      lost: 2,
      readFrom: 3,
      unrebuildable: 2,
      unrebuildableStreams: ['run/a', 'run/b'],
    });
    expect(totals).toMatchObject({ streams: 1, records: 3, readRecords: 7, unrebuildable: 2 });
  });

  it('of a partition where nothing is folded, or whose log ends too early, is refused', async () => {
    const empty = await openWorld();
    const request: PlanRequest = {
      verb: { verb: 'to-earliest' },
      effect: 'replace',
      partitions: null,
      nowMs: 0,
      measured: [],
    };
    const nothing = await makePlan(empty, empty.projection, request);
    expect(nothing.partitions[0]?.refusal).toEqual({ reason: 'nothing_folded' });
    const { plan, log } = await open();
    log.truncateTail('t', 0, 5);
    const { partitions } = await plan({ verb: 'to-earliest' });
    expect(partitions[0]?.refusal).toEqual({ reason: 'checkpoint_beyond_end' });
  });

  it('changes nothing in the store', async () => {
    const { plan, store } = await open();
    const commit = vi.spyOn(store, 'commit');
    await plan({ verb: 'to-earliest' });
    expect(commit).not.toHaveBeenCalled();
  });
});

describe('the time it takes', () => {
  it('is told from what an operation like it took, in proportion to the share of both', async () => {
    const { plan } = await open();
    const work = { partition: 0, from: 0, to: 0, log_start: 0, streams: 0 };
    const before = {
      partitions: [{ ...work, records: 700, read_records: 7_000 }],
      isNamed: true,
      share: 0.004,
      seconds: 101,
      traffic: NO_TRAFFIC,
    };
    const verb = { verb: 'run', subject: 'run/c' } as const;
    // Seven records are read, three of them folded, and one stream is replaced, which is work for four.
    const slow = await plan(verb, { measured: [before], share: 0.001 });
    expect(slow.etaSeconds).toBeCloseTo(1 + (11 / 70) * 4);
    expect((await plan(verb, { measured: [], share: 0.001 })).etaSeconds).toBeNull();
  });

  it('counts what is read to find the streams, where they are looked for', async () => {
    const { plan } = await open();
    const work = { partition: 0, from: 0, to: 0, log_start: 0, streams: 0 };
    const partitions = [{ ...work, records: 100, read_records: 100 }];
    const before = { partitions, isNamed: true, share: 0.001, seconds: 101, traffic: NO_TRAFFIC };
    const all = await plan({ verb: 'to-earliest' }, { measured: [before], share: 0.001 });
    // Nine records for three streams, and a quarter each of ten to find them.
    expect(all.etaSeconds).toBeCloseTo(1 + 9 + 3 * 4 + 10 / 4);
  });
});

describe('planning', () => {
  it('tells how many records it has read', async () => {
    const { plan } = await open();
    const told: number[] = [];
    await plan({ verb: 'to-offset', offset: 8 }, {}, { progress: (records) => told.push(records) });
    expect(told).toEqual([2, 8]);
  });

  it('ends with the reason of its signal', async () => {
    const { plan } = await open();
    const stop = new AbortController();
    const progress = () => stop.abort(new Error('canceled'));
    const planning = plan({ verb: 'to-offset', offset: 8 }, {}, { signal: stop.signal, progress });
    await expect(planning).rejects.toThrow('canceled');
  });
});
