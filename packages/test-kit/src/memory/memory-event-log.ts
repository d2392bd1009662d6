import { AppendRefused, assertTime, OffsetOutOfRange, taggedWith } from '@refold/pipeline';
import type {
  Appended,
  EventLog,
  LaneSender,
  LogRecord,
  Offset,
  OutgoingRecord,
} from '@refold/pipeline';
import type { PartitionConsumer, Subscription, TopicFault, TopicSpec } from '@refold/pipeline';
import {
  expelFromGroup,
  joinGroup,
  leaveGroup,
  newGroup,
  type MemoryGroup,
  type MemoryMember,
} from './memory-group.js';
import {
  endOf,
  firstSince,
  newPartition,
  place,
  readPartition,
  recordBytes,
  wakePartition,
  type MemoryPartition,
} from './memory-partition.js';

const MIB = 1_048_576;

export interface MemoryEventLogOptions {
  /** Milliseconds; every record is stamped with it, so going back is a clock step of a broker. */
  clock: () => number;
  /** Lanes ("leader brokers") that partitions are spread over; default 2. */
  lanes?: number;
  /** Largest record, key and value in UTF-8 bytes; default 1 MiB. */
  recordBytesMax?: number;
  /** Most bytes of one delivered batch (but at least one record); default 1 MiB. */
  batchBytesMax?: number;
}

/** What a record of somebody else may look like: no key, no value, or unfit to be folded. */
export type ForeignRecord = Pick<LogRecord, 'key' | 'value' | 'unfit'>;

/** An event log in memory, with hooks for what a broker does to a consumer. */
export interface MemoryEventLog extends EventLog {
  /** A transaction marker: takes an offset and is never delivered. Returns that offset. */
  appendMarker(topic: string, partition: number): Offset;
  /** A record that no lane wrote: foreign bytes, or one the adapter calls unfit. */
  appendForeign(topic: string, partition: number, record: ForeignRecord): Offset;
  /**
   * A new leader, one epoch later, that holds nothing from `end` on; the current end loses nothing.
   * With `sameEpoch` nothing but the loss shows it: disks that came back as an older copy.
   */
  truncateTail(topic: string, partition: number, end: Offset, sameEpoch?: boolean): void;
  /** Retention: everything below `start` is gone. */
  deleteHead(topic: string, partition: number, start: Offset): void;
  /** A session timeout of one member: its partitions go to others while its calls may still run. */
  expel(subscription: Subscription): void;
  /** An operator's reset by a tool: an offset without our tag. Throws while the group has members. */
  resetGroup(group: string, topic: string, partition: number, offset: number): void;
  /** Everything the partition holds now, markers left out: what an oracle folds. */
  records(topic: string, partition: number): LogRecord[];
}

/**
 * A log without timers, randomness or I/O: everything happens in microtasks, in an order that only
 * depends on the order of calls, so that a simulation can stand between the engine and every call.
 * `Subscription.close` therefore waits for running batches without bound; `expel` does not wait.
 */
export function createMemoryEventLog(options: MemoryEventLogOptions): MemoryEventLog {
  const { clock, lanes = 2, recordBytesMax = MIB, batchBytesMax = MIB } = options;
  const topics = new Map<string, MemoryPartition[]>();
  const groups = new Map<string, MemoryGroup>();
  const members = new Map<Subscription, { group: MemoryGroup; member: MemoryMember }>();
  let joined = 0;

  const partitionsOf = (topic: string): MemoryPartition[] => {
    const found = topics.get(topic);
    if (found === undefined) throw new Error(`topic ${topic} does not exist: create it first`);
    return found;
  };
  const partitionOf = (topic: string, partition: number): MemoryPartition => {
    const found = partitionsOf(topic)[partition];
    if (found === undefined) throw new Error(`topic ${topic} has no partition ${partition}`);
    return found;
  };
  const groupOf = (name: string): MemoryGroup => {
    const group = groups.get(name) ?? newGroup(batchBytesMax);
    groups.set(name, group);
    return group;
  };
  const laneName = (partition: number): string => `memory-${partition % lanes}`;

  const checked = (lane: string, record: OutgoingRecord): MemoryPartition => {
    const log = topics.get(record.topic)?.[record.partition];
    const where = `${record.topic}/${record.partition}`;
    if (log === undefined) throw new AppendRefused('unknown_topic', `${where} does not exist`);
    if (laneName(record.partition) !== lane) {
      throw new AppendRefused('invalid', `${where} is not written through lane ${lane}`);
    }
    if (recordBytes(record) > recordBytesMax) {
      throw new AppendRefused('too_large', `${where}: a record may have ${recordBytesMax} bytes`);
    }
    return log;
  };

  const openSender = (lane: string): LaneSender => {
    let state: 'free' | 'busy' | 'spent' | 'closed' = 'free';
    return {
      async send(records) {
        if (state === 'busy') throw new Error(`lane ${lane} has a send outstanding: wait for it`);
        if (state !== 'free') throw new Error(`lane ${lane} is ${state}: open a new sender`);
        state = 'busy';
        try {
          await Promise.resolve();
          const logs = records.map((record) => checked(lane, record));
          const timestamp = clock();
          const landed = records.map(({ key, value }, i): Appended => {
            const log = logs[i] as MemoryPartition;
            return { offset: place(log, { key, value, timestamp }), timestamp };
          });
          for (const log of new Set(logs)) wakePartition(log);
          if (state === 'busy') state = 'free';
          return landed;
        } catch (error) {
          state = 'spent';
          throw error;
        }
      },
      async close() {
        state = 'closed';
      },
    };
  };

  const subscribe = (
    name: string,
    names: readonly string[],
    consumer: PartitionConsumer,
  ): Subscription => {
    const logs = names.flatMap(partitionsOf);
    const group = groupOf(name);
    const member: MemoryMember = {
      order: joined++,
      logs,
      consumer,
      sessions: [],
      stopped: new Set(),
    };
    joinGroup(group, member);
    const commit = (topic: string, partition: number, next: Offset, note = ''): void => {
      const committed = { offset: next, metadata: taggedWith(note) };
      group.committed.set(partitionOf(topic, partition), committed);
    };
    const subscription: Subscription = {
      hint: commit,
      commit: async (...given) => commit(...given),
      async close() {
        members.delete(subscription);
        await leaveGroup(group, member);
      },
    };
    members.set(subscription, { group, member });
    return subscription;
  };

  const deleteHead = (topic: string, partition: number, start: Offset): void => {
    const log = partitionOf(topic, partition);
    const gone = Math.max(0, Math.min(log.places.length, start - log.start));
    log.places.splice(0, gone);
    log.start += gone;
    wakePartition(log);
  };

  const faultOf = (spec: TopicSpec): TopicFault[] => {
    const found = topics.get(spec.name);
    if (found === undefined) return [{ topic: spec.name, fault: 'does not exist: create it' }];
    if (found.length === spec.partitions) return [];
    const fault = `has ${found.length} partitions instead of ${spec.partitions}: the count is frozen, configure ${found.length}`;
    return [{ topic: spec.name, fault }];
  };

  return {
    partitions: async (topic) => partitionsOf(topic).length,
    async ensureTopics(specs) {
      const missing = specs.filter((spec) => !topics.has(spec.name));
      for (const { name, partitions } of missing) {
        topics.set(
          name,
          Array.from({ length: partitions }, (_, i) => newPartition(name, i)),
        );
      }
      return missing.map((spec) => spec.name);
    },
    checkTopics: async (specs) => specs.flatMap(faultOf),
    async range(topic, partition) {
      const log = partitionOf(topic, partition);
      return { start: log.start, end: endOf(log) };
    },
    async offsetForTime(topic, partition, timeMs) {
      assertTime(timeMs);
      return firstSince(partitionOf(topic, partition), timeMs);
    },
    read: async (topic, partition, from, bytesMax = batchBytesMax) =>
      readPartition(partitionOf(topic, partition), from, bytesMax),
    async laneOf(topic, partition) {
      partitionOf(topic, partition);
      return laneName(partition);
    },
    openLane: async (lane) => openSender(lane),
    committed: async (name, topic) => {
      const committed = groups.get(name)?.committed;
      return new Map(partitionsOf(topic).map((log, i) => [i, committed?.get(log) ?? null]));
    },
    subscribe: async (group, names, consumer) => subscribe(group, names, consumer),
    ping: async () => null,
    async close() {
      await Promise.all([...members.keys()].map((subscription) => subscription.close()));
    },

    appendMarker(topic, partition) {
      const log = partitionOf(topic, partition);
      const offset = place(log, null);
      wakePartition(log);
      return offset;
    },
    appendForeign(topic, partition, record) {
      const log = partitionOf(topic, partition);
      const offset = place(log, { ...record, timestamp: clock() });
      wakePartition(log);
      return offset;
    },
    truncateTail(topic, partition, end, sameEpoch = false) {
      const log = partitionOf(topic, partition);
      log.places.length = Math.max(0, Math.min(log.places.length, end - log.start));
      if (!sameEpoch) log.epoch += 1;
      wakePartition(log);
    },
    async truncate(topic, partition, start) {
      const log = partitionOf(topic, partition);
      const range = { start: log.start, end: endOf(log) };
      if (start > range.end) throw new OffsetOutOfRange(topic, partition, start, range);
      deleteHead(topic, partition, start);
    },
    deleteHead,
    expel(subscription) {
      const found = members.get(subscription);
      members.delete(subscription);
      if (found !== undefined) expelFromGroup(found.group, found.member);
    },
    resetGroup(name, topic, partition, offset) {
      const group = groupOf(name);
      if (group.members.length > 0) throw new Error(`group ${name} has members: stop them first`);
      group.committed.set(partitionOf(topic, partition), { offset, metadata: '' });
    },
    records(topic, partition) {
      return partitionOf(topic, partition).places.filter((there) => there !== null);
    },
  };
}
