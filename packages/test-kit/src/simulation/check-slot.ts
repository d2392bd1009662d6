import { identityOf, viewsOf } from '@refold/domain';
import type { StreamState } from '@refold/domain';
import { decodeCheckpoint, ProjectionReader, slotOf, verdictEntries } from '@refold/pipeline';
import type { Projection, StreamDocument } from '@refold/pipeline';
import type { SlotDump } from '../memory/memory-slot.js';
import { EMPTY_CHAIN, nextChain } from '../model/chain.js';
import { homePartition } from '../model/home-partition.js';
import type { Model, ModelStream, ModelVerdict } from '../model/model.js';
import type { ModelRecord } from '../model/read-record.js';
import { SIMULATED_RULEBOOK } from './simulated-rules.js';
import type { World } from './world.js';

const LAPSE_MS = 86_400_000;
const IDENTITY_LENGTH = 22;

/** What the view of runs counts, under the names of the model. */
const COUNTS = ['message_count', 'tool_call_count', 'late_count'] as const;

/** The youngest refusals are remembered, however many came before. */
const REFUSALS_MIN = 4;

/** One slot, what it ought to hold, and the records that it was folded from. */
export interface SlotCase {
  world: World;
  projection: Projection;
  partition: number;
  model: Model;
  records: readonly ModelRecord[];
}

type Found = (what: string) => void;

/** Offset up to which a slot is folded; 0 for a slot without a checkpoint. */
export const nextOf = (dump: SlotDump): number =>
  dump.checkpoint === null ? 0 : decodeCheckpoint(dump.checkpoint).next;

/** A slot as readers see it: without shadows, and without keys that wait to be removed. */
function readPart(dump: SlotDump): SlotDump {
  const read = new Set(
    Object.entries(dump.text).flatMap(([name, text]) => {
      if (!name.startsWith('d:')) return [];
      const { i = 0 } = JSON.parse(text) as { i?: number };
      return [`${name.slice(2)}:${i}`];
    }),
  );
  const lists = Object.entries(dump.lists).filter(([name]) =>
    read.has(name.slice(2).split(':').slice(0, -1).join(':')),
  );
  return { ...dump, lists: Object.fromEntries(lists) };
}

/** Everything in which a slot differs from what the model says of the same records. */
export async function checkSlot(slotCase: SlotCase): Promise<string[]> {
  const { world, projection, partition, model } = slotCase;
  const faults: string[] = [];
  const found: Found = (what) => faults.push(`${projection.topic}/${partition}: ${what}`);
  const dump = readPart(world.store.dump(slotOf(projection, partition)));
  const verdicts = model.verdicts[partition] ?? new Map<number, ModelVerdict>();
  const documents = await checkStreams(slotCase, dump, verdicts, found);
  checkRegisters(slotCase, dump, verdicts, found);
  checkRefusals(slotCase, dump, verdicts, found);
  checkEntries(documents, dump, found);
  checkTime(slotCase, dump, found);
  checkRules(slotCase, dump, found);
  const dead = [...verdicts].filter(([, { kind }]) => kind === 'dead_letter').map(([at]) => at);
  compare('dead letters', Object.keys(dump.hashes['dead-letters'] ?? {}), dead.map(String), found);
  return faults;
}

/** The time of an unfit record may be its producer's. */
const timeOf = (records: readonly ModelRecord[]): number =>
  Math.max(0, ...records.filter(({ unfit }) => unfit === undefined).map((r) => r.timestamp));

/** The clock by which refusals lapse never goes back. */
function checkTime({ records }: SlotCase, dump: SlotDump, found: Found): void {
  if (dump.checkpoint === null) return;
  const ought = timeOf(records);
  const { time } = decodeCheckpoint(dump.checkpoint);
  if (time !== ought) found(`the time of the partition is ${time}, ought to be ${ought}`);
}

/** The slot knows every change of the rules, and which version is in force. */
function checkRules({ model, partition }: SlotCase, dump: SlotDump, found: Found): void {
  if (dump.checkpoint === null) return;
  const ought = model.histories[partition] ?? [];
  const is = dump.text['rules'] ?? '[]';
  if (is !== JSON.stringify(ought))
    found(`the rules are ${is}, ought to be ${JSON.stringify(ought)}`);
  const { decider } = decodeCheckpoint(dump.checkpoint);
  if (decider !== (ought.at(-1)?.[1] ?? 1)) found(`the decider in force is ${decider}`);
}

function compare(what: string, is: readonly string[], ought: readonly string[], found: Found) {
  const [a, b] = [[...is].sort().join(' '), [...ought].sort().join(' ')];
  if (a !== b) found(`${what} are [${a}], ought to be [${b}]`);
}

type Documents = Map<string, StreamDocument>;

async function checkStreams(
  { world, projection, partition, model }: SlotCase,
  dump: SlotDump,
  verdicts: ReadonlyMap<number, ModelVerdict>,
  found: Found,
): Promise<Documents> {
  const home = (subject: string): number =>
    homePartition(subject.slice(subject.indexOf('/') + 1), projection.partitions);
  const ought = [...model.streams.keys()].filter((subject) => home(subject) === partition);
  const stored = Object.keys(dump.text).filter((name) => name.startsWith('d:'));
  compare(
    'documents',
    stored,
    ought.map((subject) => `d:${subject}`),
    found,
  );
  const reader = new ProjectionReader(world.store, projection);
  const documents: Documents = new Map();
  for (const subject of ought) {
    const [kind = '', streamId = ''] = subject.split('/');
    const read = await reader.timeline(kind as 'run' | 'worker', streamId, 0, 100_000);
    const { document, events } = read;
    const stream = model.streams.get(subject);
    if (document?.state == null || stream === undefined) continue;
    documents.set(subject, document);
    checkState(subject, document, document.state, stream, found);
    let chain = EMPTY_CHAIN;
    for (const [at, event] of events.entries()) {
      chain = nextChain(chain, { ...event, key: event.idempotencyKey });
      const verdict = verdicts.get(event.offset);
      if (event.seq !== at + 1 || verdict?.kind !== 'accepted' || verdict.seq !== event.seq) {
        found(`${subject}: event ${at + 1} of the timeline is not what offset ${event.offset} is`);
      }
    }
    if (chain !== stream.chain || events.length !== stream.seq) {
      found(`${subject}: the timeline has ${events.length} events and does not chain up`);
    }
  }
  return documents;
}

/** A view that threw stands still; what the decider says does not. */
function checkState(
  subject: string,
  document: StreamDocument,
  state: StreamState,
  stream: ModelStream,
  found: Found,
): void {
  const is = [state.seq, state.chain, state.status, state.createdAt, state.updatedAt];
  const ought = [stream.seq, stream.chain, stream.status, stream.created_at, stream.updated_at];
  if (document.viewFaults.length === 0) {
    const view = (document.views['run'] ?? {}) as Record<string, number | undefined>;
    is.push(...COUNTS.map((count) => view[count] ?? 0));
    ought.push(...COUNTS.map((count) => stream[count]));
  }
  if (is.join() !== ought.join()) found(`${subject} is ${is.join()}, ought to be ${ought.join()}`);
}

interface Claimed {
  subject: string;
  source: string;
  id: string;
  type: string;
}

const claimOf = (records: readonly ModelRecord[], offset: number): Claimed =>
  JSON.parse(records.find((record) => record.offset === offset)?.value ?? '{}') as Claimed;

function checkRegisters(
  { records }: SlotCase,
  dump: SlotDump,
  verdicts: ReadonlyMap<number, ModelVerdict>,
  found: Found,
): void {
  const ought: string[] = [];
  for (const [offset, verdict] of verdicts) {
    if (verdict.kind !== 'accepted') continue;
    const { subject, source, id, type } = claimOf(records, offset);
    if (type === 'worker.heartbeat' && subject.startsWith('worker/')) continue;
    ought.push(`${subject}#${verdict.seq}=${identityOf(subject, source, id)}`);
  }
  const is: string[] = [];
  for (const [name, elements] of Object.entries(dump.lists)) {
    const subject = name.split(':').slice(1, -2).join(':');
    if (!name.startsWith('r:')) continue;
    for (const run of elements.flatMap((element) => element.split(','))) {
      const [first = '', identities = ''] = run.split(':');
      for (let at = 0; at * IDENTITY_LENGTH < identities.length; at++) {
        const identity = identities.slice(at * IDENTITY_LENGTH, (at + 1) * IDENTITY_LENGTH);
        is.push(`${subject}#${Number.parseInt(first, 36) + at}=${identity}`);
      }
    }
  }
  compare('registers', is, ought, found);
}

/** The youngest refusals must be there unless they have lapsed; what has lapsed may go when it likes. */
function checkRefusals(
  { records }: SlotCase,
  dump: SlotDump,
  verdicts: ReadonlyMap<number, ModelVerdict>,
  found: Found,
): void {
  const time = timeOf(records);
  const given = new Map<string, { code: string; offset: number }>();
  let then = 0;
  for (const record of records) {
    const { offset } = record;
    then = Math.max(then, timeOf([record]));
    const verdict = verdicts.get(offset);
    if (verdict?.kind !== 'rejected' || verdict.replayed || time - then >= LAPSE_MS) continue;
    if (['forbidden', 'idempotency_conflict'].includes(verdict.code)) continue;
    const { subject, source, id } = claimOf(records, offset);
    const identity = identityOf(subject, source, id);
    given.delete(identity);
    given.set(identity, { code: verdict.code, offset });
  }
  for (const [identity, { code, offset }] of [...given].slice(-REFUSALS_MIN)) {
    const stored = dump.hashes['refusals']?.[identity];
    if (stored?.includes(code) !== true) found(`the ${code} at ${offset} is not remembered`);
  }
}

/** Indexes and counters are the sum over the documents, nothing more and nothing less. */
function checkEntries(documents: Documents, dump: SlotDump, found: Found): void {
  const names = dump.checkpoint === null ? '' : decodeCheckpoint(dump.checkpoint).views;
  const folded = viewsOf(SIMULATED_RULEBOOK, names);
  const ranks: string[] = [];
  const counters = new Map<string, number>();
  const add = (counter: string, amount: number): void => {
    counters.set(counter, (counters.get(counter) ?? 0) + amount);
  };
  for (const [subject, document] of documents) {
    const { state, views, parked } = document;
    const [kind = '', streamId = ''] = subject.split('/');
    for (const { counter, amount } of verdictEntries(subject, document)) add(counter, amount);
    if (parked !== null) ranks.push(`i:parked ${streamId} ${parked.offset}`);
    for (const view of folded[kind as 'run' | 'worker']) {
      const viewed = views[view.name];
      if (state === null || viewed === undefined) continue;
      for (const entry of view.entries(viewed, state)) {
        if (entry.type === 'rank') ranks.push(`i:${entry.index} ${streamId} ${entry.score}`);
        else add(entry.counter, entry.amount);
      }
    }
  }
  const stored = Object.entries(dump.ranked).flatMap(([name, members]) =>
    members.map(({ member, score }) => `${name} ${member} ${score}`),
  );
  compare('indexes', stored, ranks, found);
  const ought = [...counters].map(([counter, amount]) => `${counter}=${amount}`);
  const is = Object.entries(dump.hashes['counters'] ?? {});
  compare(
    'counters',
    is.map(([counter, amount]) => `${counter}=${amount}`),
    ought,
    found,
  );
}
