import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogBatch, Offset, PartitionConsumer } from '@refold/pipeline';

/** Longest wait for running calls when a member leaves, in milliseconds. */
const LEAVE_WAIT_MS = 3_000;

/** How often a partition with nothing new is offered an empty batch. */
const IDLE_MS = 1_000;

/** A partition as a group sees it. */
export interface GroupSource {
  topic: string;
  partition: number;
  /** A bounded read; throws when the offset is out of range. */
  read(from: Offset): LogBatch;
  /** Who waits for the next append; emptied by it. */
  waiters: Set<() => void>;
}

/** One partition in the hands of one member, until `over`. */
interface Session {
  source: GroupSource;
  member: Member;
  over: boolean;
  /** `assigned` was called: the consumer has to be told when the partition is lost. */
  begun: boolean;
  wake: () => void;
  done: Promise<void>;
}

interface Member {
  sources: readonly GroupSource[];
  consumer: PartitionConsumer;
}

/** A consumer group inside this process. */
export interface Group {
  /** Takes a member in; the answer lets it go and waits a bounded time for its running calls. */
  join(consumer: PartitionConsumer, sources: readonly GroupSource[]): () => Promise<void>;
}

function byTopicAndPartition(a: GroupSource, b: GroupSource): number {
  if (a.topic === b.topic) return a.partition - b.partition;
  return a.topic < b.topic ? -1 : 1;
}

/**
 * Partitions are dealt out in order, round robin over the members in the order they joined. Only a
 * partition whose member changes is handed over: it is revoked at once, its running call ends, and
 * then it is assigned anew. One that had stopped is handed over as well.
 */
export function createGroup(): Group {
  let members: Member[] = [];
  const sessions = new Map<GroupSource, Session>();

  const wanted = (): Map<GroupSource, Member> => {
    const sources = new Set(members.flatMap((member) => member.sources));
    const owners = new Map<GroupSource, Member>();
    [...sources].sort(byTopicAndPartition).forEach((source, turn) => {
      const takers = members.filter((member) => member.sources.includes(source));
      const member = takers[turn % takers.length];
      if (member !== undefined) owners.set(source, member);
    });
    return owners;
  };

  const rebalance = (): void => {
    const owners = wanted();
    for (const [source, session] of sessions) {
      if (owners.get(source) !== session.member) end(session);
    }
    for (const [source, member] of owners) {
      const last = sessions.get(source);
      if (last?.member === member && !last.over) continue;
      const session: Session = {
        source,
        member,
        over: false,
        begun: false,
        wake: () => undefined,
        done: Promise.resolve(),
      };
      session.done = (last?.done ?? Promise.resolve()).then(() => run(session));
      sessions.set(source, session);
    }
  };

  return {
    join(consumer, sources) {
      const member: Member = { sources, consumer };
      members.push(member);
      rebalance();
      return async () => {
        const running = [...sessions.values()].filter((session) => session.member === member);
        for (const session of running) {
          end(session);
          session.done = atMost(LEAVE_WAIT_MS, session.done);
        }
        members = members.filter((other) => other !== member);
        rebalance();
        await Promise.all(running.map((session) => session.done));
      };
    },
  };
}

/** The partition goes to somebody else. Its consumer is told in a turn of its own, whatever it is doing. */
function end(session: Session): void {
  if (session.over) return;
  session.over = true;
  session.wake();
  if (!session.begun) return;
  const told = Promise.resolve().then(() => revoke(session));
  session.done = Promise.all([session.done, told]).then(() => undefined);
}

async function revoke({ member: { consumer }, source }: Session): Promise<void> {
  const { topic, partition } = source;
  try {
    await consumer.revoked(topic, partition);
  } catch (error) {
    consumer.stopped(topic, partition, asError(error));
  }
}

const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));

async function run(session: Session): Promise<void> {
  const { source, member } = session;
  if (session.over) return;
  session.begun = true;
  const { topic, partition } = source;
  try {
    let next = await member.consumer.assigned(topic, partition);
    while (!session.over) {
      const batch = source.read(next);
      if (batch.next > next || (await isIdle(session))) next = await member.consumer.batch(batch);
      await nextTurn();
    }
  } catch (error) {
    // Who was told that the partition is lost has nothing to do with what its last call came to.
    if (!session.over) member.consumer.stopped(topic, partition, asError(error));
  }
}

/** True after a second with nothing new; false as soon as something was appended or the session is over. */
async function isIdle(session: Session): Promise<boolean> {
  const { waiters } = session.source;
  return new Promise<boolean>((resolve) => {
    const settle = (idle: boolean): void => {
      waiters.delete(session.wake);
      clearTimeout(timer);
      resolve(idle);
    };
    const timer = setTimeout(() => settle(true), IDLE_MS);
    session.wake = () => settle(false);
    waiters.add(session.wake);
  });
}

async function atMost(ms: number, done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([done, late]);
  clearTimeout(timer);
}
