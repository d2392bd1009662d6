import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeEnvelope, partitionOf, type JsonValue, type StreamKind } from '@refold/contracts';
import type { Projection, Read, Snapshot, ViewStore } from '@refold/pipeline';
import { noWrites, ProjectionReader, slotOf } from '@refold/pipeline';
import { createMemoryViewStore, missingBackendFails, type SlotDump } from '@refold/test-kit';

const FOLDER = fileURLToPath(new URL('../fixtures/formats/', import.meta.url));

/** What a release left behind, by version and name. */
export const fixturePath = (version: string, name: string): string => join(FOLDER, version, name);

/**
 * The bytes of a fixture. One that is missing is made by this build and written, to be committed with
 * the release whose formats it has; never under continuous integration.
 */
export async function fixture(
  version: string,
  name: string,
  make: () => Promise<Buffer>,
): Promise<Buffer> {
  const path = fixturePath(version, name);
  if (existsSync(path)) return readFileSync(path);
  if (missingBackendFails())
    throw new Error(`${path} is missing: run this test where it may write`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await make());
  return readFileSync(path);
}

export const FIXTURE_PARTITIONS = 2;

export const FIXTURE_PROJECTIONS: readonly Projection[] = (['run', 'worker'] as const).map(
  (kind) => ({
    name: `${kind}s`,
    topic: `refold.${kind}s`,
    kinds: [kind],
    partitions: FIXTURE_PARTITIONS,
    generation: 1,
  }),
);

/** When every record of the fixtures was appended. */
export const FIXTURE_TIME = 1_700_000_000_000;

/** A record as the fixture of the log has it, one JSON text a line. */
export interface FixtureRecord {
  topic: string;
  partition: number;
  key: string;
  value: string;
}

type Written = [stream: string, type: string, data: JsonValue, more?: object];

/** Every attribute, verdict and kind of stored entry that this format has. */
const WRITTEN: readonly Written[] = [
  ['run/a', 'run.started', { title: 'first', labels: { team: 'x' }, worker_id: 'w', tenant: 't' }],
  ['run/a', 'run.message', { role: 'user', content: 'hé ✓ 😀' }, { idempotencykey: 'k-1' }],
  ['run/a', 'tool.call', { tool_call_id: 'c', tool_name: 'look', input: null }, { expectedseq: 2 }],
  ['run/a', 'tool.call', { tool_call_id: 'c', tool_name: 'look' }, { expectedseq: 1 }],
  ['run/a', 'my.own', [1, 2.5, { deep: [null, true] }], { schemaversion: 7 }],
  ['run/a', 'run.delta', { usage: { input_tokens: 5, cost: '0.10', currency: 'USD' } }],
  ['run/a', 'run.finished', { status: 'succeeded', reason: 'done' }],
  ['run/a', 'run.message', { role: 'user', content: 'late' }, { time: '2026-01-01T00:00:00Z' }],
  ['run/b', 'run.message', { role: 'user', content: 'nobody' }, { appendonly: true }],
  ['run/b', 'run.created', { owner_user_id: 7, metadata: { a: 1 } }, { principal: 'user:7' }],
  ['run/b', 'run.cancel_requested', null, { principal: 'user:8' }],
  ['run/c', 'run.started', null, { traceparent: '00-1-1-00', replyto: 'door' }],
  ['worker/w', 'worker.started', { adapter: 'in_memory', metadata: { a: 1 } }],
  ['worker/w', 'worker.heartbeat', { metadata_patch: { b: 2 } }],
  ['worker/w', 'worker.stopping', { reason: 'night' }],
];

/** The log of the fixtures as this build writes it. */
export function fixtureLog(): FixtureRecord[] {
  const ours = WRITTEN.map(([subject, type, data, more], n): FixtureRecord => {
    const [kind = '', key = ''] = subject.split('/');
    const value = encodeEnvelope({
      id: `e-${n}`,
      source: 'urn:fixture',
      type,
      subject,
      data,
      ...more,
    });
    return {
      topic: `refold.${kind}s`,
      partition: partitionOf(key, FIXTURE_PARTITIONS),
      key,
      value,
    };
  });
  const again = ours[1]!;
  return [...ours, again, { ...again, value: 'not a record' }];
}

/** Everything a slot holds, as a store of any kind answers it, in the form of `dump`. */
export async function readLike(
  store: ViewStore,
  projection: Projection,
  partition: number,
  dump: SlotDump,
): Promise<SlotDump> {
  const ask = async (kind: 'get' | 'list' | 'fields', names: string[]) => {
    const reads = names.map((name): Read => ({ kind, name }));
    const { results } = await store.read(slotOf(projection, partition), reads);
    return names.map((name, i) => [name, results[i]] as const);
  };
  const texts = await ask('get', Object.keys(dump.text));
  const lists = await ask('list', Object.keys(dump.lists));
  const hashes = await ask('fields', Object.keys(dump.hashes));
  const ranked: SlotDump['ranked'] = {};
  for (const name of Object.keys(dump.ranked)) {
    const slot = slotOf(projection, partition);
    const { results } = await store.read(slot, [{ kind: 'ranked', name, limit: 1_000 }]);
    ranked[name] = results[0];
  }
  const { checkpoint }: Snapshot<[]> = await store.read(slotOf(projection, partition), []);
  return {
    checkpoint,
    text: Object.fromEntries(texts) as SlotDump['text'],
    lists: Object.fromEntries(lists) as SlotDump['lists'],
    hashes: Object.fromEntries(
      hashes.map(([name, fields]) => [name, Object.fromEntries(fields as Map<string, string>)]),
    ),
    ranked,
  };
}

/** The dumps of all slots, by projection and partition. */
export type Dumps = Record<string, SlotDump>;

/** A store that holds what was dumped. */
export async function storeOf(dumps: Dumps): Promise<ViewStore> {
  const store = createMemoryViewStore();
  for (const [place, dump] of Object.entries(dumps)) {
    const [projection = '', partition = ''] = place.split('/');
    const writes = noWrites();
    writes.set = Object.entries(dump.text);
    writes.push = Object.entries(dump.lists).flatMap(([name, elements]) =>
      elements.map((element): [string, string] => [name, element]),
    );
    writes.putField = Object.entries(dump.hashes).flatMap(([name, fields]) =>
      Object.entries(fields).map(([field, value]): [string, string, string] => [
        name,
        field,
        value,
      ]),
    );
    writes.rank = Object.entries(dump.ranked).flatMap(([name, members]) =>
      members.map(({ member, score }): [string, string, number] => [name, member, score]),
    );
    const slot = { projection, generation: 1, partition: Number(partition) };
    await store.commit(slot, null, dump.checkpoint ?? '', writes, []);
  }
  return store;
}

/** Counters as readers are given them: format 3 has a digest beside them that nobody asks for. */
function withoutDigest({ counters, ...hashes }: SlotDump['hashes']): SlotDump['hashes'] {
  if (counters === undefined) return hashes;
  const kept = Object.entries(counters).filter(([name]) => !name.startsWith('verdicts/'));
  return { ...hashes, counters: Object.fromEntries(kept) };
}

/** What readers see of the streams that were dumped, whatever format it is stored in. */
export async function seenIn(store: ViewStore, dumps: Dumps): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (const projection of FIXTURE_PROJECTIONS) {
    const reader = new ProjectionReader(store, projection);
    for (let partition = 0; partition < FIXTURE_PARTITIONS; partition++) {
      const dump = dumps[`${projection.name}/${partition}`];
      const subjects = Object.keys(dump?.text ?? {}).filter((name) => name.startsWith('d:'));
      for (const subject of subjects) {
        const [kind, streamId] = subject.slice(2).split('/') as [StreamKind, string];
        const { document, events, position } = await reader.timeline(kind, streamId, 0, 100);
        const { state, views, next, parked, viewFaults } = document ?? {};
        seen.push({ subject, state, views, next, parked, viewFaults, events, position });
      }
      const otherHashes = { ...dump?.hashes };
      delete otherHashes['refusals'];
      const names = { ranked: {}, ...dump, text: {}, lists: {}, hashes: otherHashes };
      const like = await readLike(store, projection, partition, { ...names, checkpoint: null });
      seen.push(withoutDigest(like.hashes), like.ranked);
    }
  }
  return seen;
}
