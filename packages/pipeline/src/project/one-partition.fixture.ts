import { encodeEnvelope } from '@refold/contracts';
import type { EnvelopeFields, StreamKind } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { expect } from 'vitest';
import type { CommitOutcome, ViewStore } from '../ports/view-store.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { ProjectionReader } from '../read/projection-reader.js';
import { decodeCheckpoint } from '../slot/checkpoint.js';
import type { Timing } from '../timing.js';
import { PartitionProjector } from './partition-projector.js';
import type { Committed, ProjectorPorts } from './projector-ports.js';

const projectionOf = (kind: StreamKind): Projection => ({
  name: 'p',
  topic: 't',
  kinds: [kind],
  partitions: 1,
  generation: 1,
});
export const SLOT = slotOf(projectionOf('run'), 0);

const timing: Timing = {
  now: () => 0,
  sleep: () => Promise.resolve(),
  after: () => () => undefined,
  tick: () => Promise.resolve(),
};

/** A partition in memory, with what folds it and what looks at it. */
export async function openWorld(kind: StreamKind = 'run') {
  const projection = projectionOf(kind);
  let now = 1000;
  const log = createMemoryEventLog({ clock: () => now++ });
  await log.ensureTopics([{ name: 't', partitions: 1 }]);
  const store = createMemoryViewStore();
  const reports: Committed[] = [];
  let ids = 0;
  const append = (fields: Partial<EnvelopeFields> = {}) => {
    const subject = fields.subject ?? `${kind}/r`;
    const value = encodeEnvelope({
      id: `e${ids++}`,
      source: 'test',
      type: `${kind}.started`,
      data: null,
      ...fields,
      subject,
    });
    return log.appendForeign('t', 0, { key: subject.slice(subject.indexOf('/') + 1), value });
  };
  const projector = (ports: Partial<ProjectorPorts> = {}, generation = 1) =>
    new PartitionProjector(
      {
        log,
        store,
        timing,
        rulebook: RULEBOOK,
        commitId: () => `c${ids++}`,
        committed: (report) => reports.push(report),
        mirror: async (letters) => letters.map(() => ({ kind: 'mirrored' })),
        trouble: () => undefined,
        ...ports,
      },
      { ...projection, generation },
      0,
    );
  const read = (from: number, bytes?: number) => log.read('t', 0, from, bytes);
  /** Folds everything there is, batch by batch. */
  const foldAll = async (one: PartitionProjector, bytes?: number) => {
    let next = await one.position();
    for (let end = -1; next !== end;) {
      const batch = await read(next, bytes);
      end = batch.end;
      next = await one.handle(batch);
    }
  };
  const next = () => {
    const { checkpoint } = store.dump(SLOT);
    return checkpoint === null ? null : decodeCheckpoint(checkpoint).next;
  };
  const events = async () => {
    const reader = new ProjectionReader(store, projection);
    const { document, events: found } = await reader.timeline(kind, 'r', 0, 100);
    expect(found.map(({ seq }) => seq)).toEqual(found.map((_, at) => at + 1));
    expect(document?.state?.seq ?? 0).toBe(found.length);
    return found.map(({ offset }) => offset);
  };
  const loseCheckpoint = () => {
    const { slots, pins } = store.capture();
    const copies = new Map([...slots].map(([tag, slot]) => [tag, slot.copy()]));
    for (const slot of copies.values()) slot.checkpoint = null;
    store.restore({ slots: copies, pins });
  };
  const skip = (ms: number) => (now += ms);
  return {
    projection,
    skip,
    log,
    store,
    reports,
    append,
    projector,
    read,
    foldAll,
    next,
    events,
    loseCheckpoint,
  };
}

/** A store whose next commits do what they are told, once each. */
export function scripted(store: ViewStore, ...steps: ((send: Send) => Promise<CommitOutcome>)[]) {
  const commit: ViewStore['commit'] = (...args) => {
    const step = steps.shift();
    const send = () => store.commit(...args);
    return step === undefined ? send() : step(send);
  };
  return { ...bound(store), commit };
}

type Send = () => Promise<CommitOutcome>;

/** The store with its methods as plain members, to be replaced one by one. */
export const bound = (store: ViewStore): ViewStore => ({
  check: () => store.check(),
  pin: (...args) => store.pin(...args),
  read: (slot, reads) => store.read(slot, reads),
  commit: (...args) => store.commit(...args),
  listen: (...args) => store.listen(...args),
  ping: () => store.ping(),
  close: () => store.close(),
});
