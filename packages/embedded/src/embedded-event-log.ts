import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppendRefused, assertTime } from '@refold/pipeline';
import type { Appended, EventLog, OutgoingRecord } from '@refold/pipeline';
import type { Environment } from './environment.js';
import { StorageClosed } from './errors.js';
import { createFullDisk } from './full-disk.js';
import { createGroup, type Group, type GroupSource } from './group.js';
import { createGroupOffsets } from './group-offsets.js';
import { openSender } from './lane-sender.js';
import {
  appendTo,
  firstSince,
  rangeOf,
  readFrom,
  truncateTo,
  type PartitionLog,
} from './partition-log.js';
import { RECORD_KEY_BYTES_MAX } from './record.js';
import type { Topics } from './topics.js';

const MIB = 1_048_576;

/** There is one leader: this process. */
const LANE = 'embedded';

/** Largest value of a record in UTF-8 bytes: what a Kafka broker takes unless it is told otherwise. */
const VALUE_BYTES_MAX = MIB;

interface Checked {
  log: PartitionLog;
  key: Buffer;
  value: string;
}

function checked(topics: Topics, record: OutgoingRecord): Checked {
  const where = `${record.topic}/${record.partition}`;
  const log = topics.find(record.topic, record.partition);
  if (log === undefined) throw new AppendRefused('unknown_topic', `${where} does not exist`);
  const key = Buffer.from(record.key);
  if (key.length > RECORD_KEY_BYTES_MAX) {
    throw new AppendRefused('too_large', `${where}: a key may have ${RECORD_KEY_BYTES_MAX} bytes`);
  }
  if (Buffer.byteLength(record.value) > VALUE_BYTES_MAX) {
    throw new AppendRefused('too_large', `${where}: a value may have ${VALUE_BYTES_MAX} bytes`);
  }
  return { log, key, value: record.value };
}

/**
 * The EventLog on LMDB. One `send` is one transaction, acknowledged once it is on the disk; readers
 * and subscribers see exactly what is on the disk. Append times never go back within a partition.
 * After an append that found no room, `ping` tells of it for three seconds or until one finds some.
 * Offsets have no holes and the leader epoch is 0. Groups and what they have committed live in this
 * process: no tool outside could read or reset it.
 */
export function createEventLog(
  environment: Environment,
  topics: Topics,
  clock: () => number,
): EventLog {
  const groups = new Map<string, Group>();
  const sources = new Map<PartitionLog, GroupSource>();
  const leaving = new Set<() => Promise<void>>();
  const offsets = createGroupOffsets();
  const fullDisk = createFullDisk();
  let closed = false;

  const partitionOf = (topic: string, partition: number): PartitionLog => {
    const found = topics.partitionsOf(topic)[partition];
    if (found === undefined) throw new Error(`topic ${topic} has no partition ${partition}`);
    return found;
  };
  const sourceOf = (log: PartitionLog): GroupSource => {
    const found = sources.get(log) ?? {
      topic: log.topic,
      partition: log.partition,
      read: (from) => readFrom(environment, log, from, MIB),
      waiters: new Set<() => void>(),
    };
    sources.set(log, found);
    return found;
  };
  const wake = (log: PartitionLog): void => {
    for (const waiter of [...(sources.get(log)?.waiters ?? [])]) waiter();
  };

  const append = async (records: readonly OutgoingRecord[]): Promise<Appended[]> => {
    const all = records.map((record) => checked(topics, record));
    const perLog = new Map<PartitionLog, Checked[]>();
    for (const one of all) {
      const others = perLog.get(one.log);
      if (others === undefined) perLog.set(one.log, [one]);
      else others.push(one);
    }
    const write = (): Map<Checked, Appended> => {
      const now = clock();
      const results = new Map<Checked, Appended>();
      for (const [log, ours] of perLog) {
        appendTo(environment, log, ours, now).forEach((result, i) => {
          const one = ours[i];
          if (one !== undefined) results.set(one, result);
        });
      }
      return results;
    };
    const landed = await fullDisk.watching(environment.write(write));
    for (const log of perLog.keys()) wake(log);
    return all.map((one) => landed.get(one)).filter((result) => result !== undefined);
  };

  return {
    partitions: async (topic) => topics.partitionsOf(topic).length,
    ensureTopics: (specs) => topics.ensure(specs),
    checkTopics: async (specs) => topics.faults(specs),
    range: async (topic, partition) => rangeOf(environment, partitionOf(topic, partition)),
    async offsetForTime(topic, partition, timeMs) {
      assertTime(timeMs);
      return firstSince(environment, partitionOf(topic, partition), timeMs);
    },
    async read(topic, partition, from, bytesMax = MIB) {
      // A read does no I/O of its own; without a turn, whoever polls would starve the process.
      await nextTurn();
      return readFrom(environment, partitionOf(topic, partition), from, bytesMax);
    },
    async truncate(topic, partition, start) {
      const log = partitionOf(topic, partition);
      while (await environment.write(() => truncateTo(environment, log, start)));
    },
    async laneOf(topic, partition) {
      partitionOf(topic, partition);
      return LANE;
    },
    async openLane(lane) {
      if (lane !== LANE) throw new Error(`there is no lane ${lane}, only ${LANE}`);
      return openSender(append);
    },
    committed: async (group, topic) => offsets.of(group, topics.partitionsOf(topic)),
    async subscribe(name, names, consumer) {
      if (closed) throw new StorageClosed('the log is closed');
      const all = names.flatMap((topic) => topics.partitionsOf(topic).map(sourceOf));
      const group = groups.get(name) ?? createGroup();
      groups.set(name, group);
      const leave = group.join(consumer, all);
      leaving.add(leave);
      return {
        hint(topic, partition, next, note = '') {
          offsets.commit(name, partitionOf(topic, partition), next, note);
        },
        async commit(topic, partition, next, note = '') {
          offsets.commit(name, partitionOf(topic, partition), next, note);
        },
        async close() {
          leaving.delete(leave);
          await leave();
        },
      };
    },
    async ping() {
      if (closed) return 'the log is closed';
      try {
        environment.snapshot(() => undefined);
        return fullDisk.reason();
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
    async close() {
      closed = true;
      await Promise.all([...leaving].map((leave) => leave()));
      leaving.clear();
    },
  };
}
