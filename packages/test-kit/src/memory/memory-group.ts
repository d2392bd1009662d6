import type { GroupOffset, PartitionConsumer } from '@refold/pipeline';
import { readPartition, type MemoryPartition } from './memory-partition.js';

/** One partition in the hands of one member, from `assigned` to `revoked` or `stopped`. */
interface Session {
  log: MemoryPartition;
  over: boolean;
  wake: () => void;
  done: Promise<void>;
}

/** One subscription of a group. `order` is when it joined: members are sorted by it. */
export interface MemoryMember {
  order: number;
  logs: readonly MemoryPartition[];
  consumer: PartitionConsumer;
  sessions: Session[];
  /** Partitions that stand still for this member, for good. */
  stopped: Set<MemoryPartition>;
}

/** A consumer group: its members, what it has committed, and the last session of each partition. */
export interface MemoryGroup {
  members: MemoryMember[];
  committed: Map<MemoryPartition, GroupOffset>;
  last: Map<MemoryPartition, Promise<void>>;
  batchBytesMax: number;
}

export const newGroup = (batchBytesMax: number): MemoryGroup => ({
  members: [],
  committed: new Map(),
  last: new Map(),
  batchBytesMax,
});

/** Takes a member in and rebalances. */
export function joinGroup(group: MemoryGroup, member: MemoryMember): void {
  group.members.push(member);
  group.members.sort((a, b) => a.order - b.order);
  rebalance(group);
}

/** Lets a member go and rebalances; resolves when its running calls and its `revoked` calls are done. */
export async function leaveGroup(group: MemoryGroup, member: MemoryMember): Promise<void> {
  if (!group.members.includes(member)) return;
  const running = member.sessions.map((session) => session.done);
  endSessions(member);
  group.members = group.members.filter((other) => other !== member);
  rebalance(group);
  await Promise.all(running);
}

/**
 * What a session timeout does: the partitions go to others at once, and whatever this member still
 * runs for them is a zombie. It learns of it by `revoked`, once its running call has ended.
 */
export function expelFromGroup(group: MemoryGroup, member: MemoryMember): void {
  for (const session of member.sessions) group.last.delete(session.log);
  endSessions(member);
  group.members = group.members.filter((other) => other !== member);
  rebalance(group);
}

/**
 * Eager: every member gives up everything, then the partitions are dealt out in order, round robin
 * over the members in the order they joined. A partition begins anew when its last session is done.
 */
function rebalance(group: MemoryGroup): void {
  for (const member of group.members) endSessions(member);
  const logs = new Set(group.members.flatMap((member) => member.logs));
  let turn = 0;
  for (const log of [...logs].sort(byTopicAndPartition)) {
    const takers = group.members.filter((member) => member.logs.includes(log));
    const member = takers[turn % takers.length];
    turn += 1;
    if (member === undefined || member.stopped.has(log)) continue;
    const session: Session = { log, over: false, wake: () => undefined, done: Promise.resolve() };
    const before = group.last.get(log) ?? Promise.resolve();
    session.done = before.then(() => runSession(group, member, session));
    group.last.set(log, session.done);
    member.sessions.push(session);
  }
}

function byTopicAndPartition(a: MemoryPartition, b: MemoryPartition): number {
  if (a.topic === b.topic) return a.partition - b.partition;
  return a.topic < b.topic ? -1 : 1;
}

function endSessions(member: MemoryMember): void {
  for (const session of member.sessions) {
    session.over = true;
    session.wake();
  }
  member.sessions = [];
}

async function runSession(
  group: MemoryGroup,
  member: MemoryMember,
  session: Session,
): Promise<void> {
  if (session.over) return;
  const { topic, partition } = session.log;
  try {
    let next = await member.consumer.assigned(topic, partition);
    while (!session.over) {
      const batch = readPartition(session.log, next, group.batchBytesMax);
      if (batch.next === next) await changeOf(session);
      else next = await member.consumer.batch(batch);
    }
    await member.consumer.revoked(topic, partition);
  } catch (error) {
    member.stopped.add(session.log);
    const why = error instanceof Error ? error : new Error(String(error));
    member.consumer.stopped(topic, partition, why);
  }
}

/** Resolves when the partition changes or the session is over. */
async function changeOf(session: Session): Promise<void> {
  const { waiters } = session.log;
  await new Promise<void>((resolve) => {
    session.wake = () => {
      waiters.delete(session.wake);
      resolve();
    };
    waiters.add(session.wake);
  });
}
