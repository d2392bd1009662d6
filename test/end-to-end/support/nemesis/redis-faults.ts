import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisPair } from '@refold/test-kit';
import { until } from '../until.js';
import { PATIENCE_MS, seconds, type Fault } from './fault.js';

const KIB = 1_024;

async function rewrites({ primary }: RedisPair): Promise<{ begun: number; isUnderWay: boolean }> {
  const told = await primary.command('INFO', 'persistence');
  const begun = Number(/aof_rewrites:(\d+)/.exec(told)?.[1]);
  return { begun, isUnderWay: !told.includes('aof_rewrite_in_progress:0') };
}

/** Waits until our processes had the append-only file written anew, more often than `before`. */
async function writtenAnew(redis: RedisPair, before: number): Promise<void> {
  await until(
    () => 'the append-only file to be written anew',
    async () => {
      const { begun, isUnderWay } = await rewrites(redis);
      return begun > before && !isUnderWay;
    },
    PATIENCE_MS,
  );
}

const restarted: Fault = {
  name: 'Redis is killed and started again',
  async play({ redis }, random) {
    const downMs = random.int(100, 3_000);
    await redis.restart(downMs);
    return `down for ${seconds(downMs)}`;
  },
};

const tailCut: Fault = {
  name: 'the end of the append-only file is lost',
  async play({ redis }, random) {
    const lost = await redis.cutTail(random.int(1, 256 * KIB));
    // Half a commit may stand at its end until then.
    await writtenAnew(redis, 0);
    return `${lost} bytes`;
  },
};

const failedOver: Fault = {
  name: 'the replica takes over without the last commits',
  async play({ redis }, random) {
    const behindMs = random.int(100, 1_000);
    await redis.failOver(behindMs);
    return `${behindMs} ms behind`;
  },
};

const flushed: Fault = {
  name: 'FLUSHALL',
  async play({ redis }) {
    const keys = await redis.primary.command('DBSIZE');
    await redis.primary.command('FLUSHALL');
    return `${keys} keys`;
  },
};

const full: Fault = {
  name: 'the disk of Redis is full',
  async play({ redis, disks }, random) {
    const { primary } = redis;
    const disk = disks.find(({ folder }) => primary.folder.startsWith(folder));
    if (disk === undefined) throw new Error('Redis has no disk of its own');
    const fullMs = random.int(500, 4_000);
    const { begun } = await rewrites(redis);
    await disk.fill();
    try {
      await until(
        () => 'the server to meet the end of its disk',
        async () => {
          const told = await primary.command('INFO', 'persistence');
          return told.includes('aof_last_write_status:err');
        },
        PATIENCE_MS,
      );
      await sleep(fullMs);
    } finally {
      await disk.free();
    }
    // A write that was cut short may have spoiled it.
    await writtenAnew(redis, begun);
    return `writes refused for ${seconds(fullMs)}`;
  },
};

const frozen: Fault = {
  name: 'Redis stands still and wakes up',
  async play({ redis: { primary } }, random) {
    const frozenMs = random.int(500, 8_000);
    primary.freeze();
    await sleep(frozenMs);
    primary.thaw();
    return `for ${seconds(frozenMs)}`;
  },
};

const slow: Fault = {
  name: 'the way to Redis is slow',
  async play({ redis: { door } }, random) {
    const delayMs = random.int(10, 300);
    door.delay(delayMs);
    await sleep(random.int(1_000, 3_000));
    door.heal();
    return `${delayMs} ms each way`;
  },
};

const reset: Fault = {
  name: 'connections to Redis are reset',
  async play({ redis: { door } }, random) {
    const before = door.resets;
    door.refuse();
    await sleep(random.int(50, 2_000));
    door.heal();
    return `${door.resets - before} connections`;
  },
};

const halfOpen: Fault = {
  name: 'connections to Redis are half-open',
  async play({ redis: { door } }, random) {
    const stalledMs = random.int(1_000, 8_000);
    door.stall();
    await sleep(stalledMs);
    // What was under way may come through late, or never.
    const isLost = random.chance(0.5);
    if (isLost) door.reset();
    door.heal();
    return `for ${seconds(stalledMs)}, then ${isLost ? 'reset' : 'late'}`;
  },
};

const unanswered: Fault = {
  name: 'answers of Redis are lost after it has done the work',
  async play({ redis: { door } }, random) {
    const wanted = random.int(2, 8);
    const before = door.dropped;
    for (let lost = 0; lost < wanted; lost++) {
      void door.dropReplies();
      await until(
        () => `${wanted} answers to be lost`,
        () => door.dropped - before > lost,
        PATIENCE_MS,
      );
      await sleep(random.int(20, 200));
    }
    return `${door.dropped - before} of them`;
  },
};

/** What happens to Redis and on the way to it; the full disk needs one of its own. */
export const redisFaults = (hasDisks: boolean): readonly Fault[] => [
  restarted,
  tailCut,
  failedOver,
  flushed,
  ...(hasDisks ? [full] : []),
  frozen,
  slow,
  reset,
  halfOpen,
  unanswered,
];
