import { test, type TestFunction } from 'vitest';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Appended, EventLog, Offset, OutgoingRecord } from '@refold/pipeline';

/** A log and what the suite may do to it behind its back. */
export interface EventLogUnderTest {
  log: EventLog;
  /** Ends the log and whatever was started for it. */
  close: () => Promise<void>;
  /** A topic of one partition for `appendAt`; any topic will do when absent. */
  timedTopic?: () => Promise<string>;
  /** Appends a record while the clock of the log stands at `timeMs`; it may stand lower than before. */
  appendAt: (topic: string, partition: number, value: string, timeMs: number) => Promise<void>;
  /** Takes an offset of a partition that is never delivered: a marker, a compacted record. */
  appendHole?: (topic: string, partition: number) => Promise<void>;
  /** Ends the log as hard as it can be ended and opens it again; the tests after it use the new one. */
  restart?: () => Promise<EventLog>;
  /** A value of so many characters must be refused; default 2 MiB. */
  oversized?: number;
}

/**
 * What a log by its nature has not: `holes` (markers, compaction),
 * `restart` (it does not survive its process), `timer` (nothing is offered to an idle partition),
 * `bounded close` (a close waits for running batches), `prompt revocation` (a member is told after its
 * running call, and not of what had stopped). The tests for it are not declared.
 */
export type Lack = 'holes' | 'restart' | 'timer' | 'bounded close' | 'prompt revocation';

export type Lacks = ReadonlySet<Lack>;

export type MakeEventLog = () => Promise<EventLogUnderTest>;

/** Declares a test unless the log lacks what it is about. */
export const declaredUnless =
  (lacks: Lacks) =>
  (lack: Lack, name: string, body: TestFunction): void => {
    if (!lacks.has(lack)) test(name, body);
  };

/** The log of the running test. */
export type Subject = () => EventLogUnderTest;

const BOUND_MS = 30_000;

/** Polls until the condition holds; rejects with `what` after 30 s. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + BOUND_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within ${BOUND_MS} ms: ${what}`);
    await wait(5);
  }
}

/** Asks until the answer equals `wanted`; rejects with the last one after 30 s. */
export async function settled<T>(what: string, ask: () => Promise<T>, wanted: T): Promise<void> {
  const deadline = performance.now() + BOUND_MS;
  for (;;) {
    const answer = await ask();
    if (isDeepStrictEqual(answer, wanted)) return;
    if (performance.now() > deadline) throw new Error(`${what}: ${JSON.stringify(answer)}`);
    await wait(5);
  }
}

/** A topic of its own for one test. */
export async function freshTopic(log: EventLog, partitions = 1): Promise<string> {
  const name = `conformance.${randomUUID()}`;
  await log.ensureTopics([{ name, partitions }]);
  return name;
}

export const freshGroup = (): string => `conformance.${randomUUID()}`;

/** Records with one key and the values in order. */
export const recordsOf = (
  topic: string,
  partition: number,
  values: readonly string[],
): OutgoingRecord[] => values.map((value) => ({ topic, partition, key: 'key', value }));

/** A promise and how to keep it. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** One send over a lane of its own, to one partition. */
export async function append(
  log: EventLog,
  topic: string,
  partition: number,
  values: readonly string[],
): Promise<Appended[]> {
  const lane = await log.openLane(await log.laneOf(topic, partition));
  try {
    return await lane.send(recordsOf(topic, partition, values));
  } finally {
    await lane.close();
  }
}

/** `count` values that tell where they belong. */
export const numbered = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `value ${from + i}`);

/** Every value from `from` to the end, by bounded reads. */
export async function readAll(
  log: EventLog,
  topic: string,
  partition: number,
  from: Offset,
  bytesMax?: number,
): Promise<{ offsets: Offset[]; values: (string | null)[]; reads: number }> {
  const offsets: Offset[] = [];
  const values: (string | null)[] = [];
  let reads = 0;
  for (let next = from; ; reads++) {
    const batch = await log.read(topic, partition, next, bytesMax);
    if (batch.from !== next) throw new Error(`asked for ${next}, got a batch from ${batch.from}`);
    for (const record of batch.records) {
      offsets.push(record.offset);
      values.push(record.value);
    }
    if (batch.next === next) return { offsets, values, reads };
    next = batch.next;
  }
}
