import { AppendRefused } from '@refold/pipeline';
import type { Appended, EventLog, LaneSender, OutgoingRecord } from '@refold/pipeline';
import type { Actor, CallFault } from './scheduler.js';
import type { World } from './world.js';

/** Larger values are refused by the log. */
export const VALUE_MAX = 4000;

/** The log of the world as one actor reaches it. */
export function faultyLog(world: World, actor: Actor): EventLog {
  const { scheduler, random, profile, log } = world;
  const call = <T>(label: string, fault: CallFault, perform: () => T | Promise<T>): Promise<T> =>
    scheduler.call({
      actor,
      label: `${actor.name} ${label}`,
      fault,
      perform,
      failure: () => new Error('the connection to the log was lost'),
      delay: world.delay,
    });
  const fails = (rate: number): boolean => !world.calm && random.chance(rate);
  return {
    partitions: (topic) => log.partitions(topic),
    ensureTopics: (specs) => log.ensureTopics(specs),
    checkTopics: (specs) => log.checkTopics(specs),
    ping: () => log.ping(),
    close: () => Promise.resolve(),
    range: (topic, partition) =>
      call(`ranges ${topic}/${partition}`, 'none', () => log.range(topic, partition)),
    offsetForTime: (topic, partition, timeMs) =>
      call(`looks for a time in ${topic}/${partition}`, 'none', () =>
        log.offsetForTime(topic, partition, timeMs),
      ),
    read: (topic, partition, from, bytesMax) =>
      call(`reads ${topic}/${partition} from ${from}`, 'none', () =>
        log.read(topic, partition, from, bytesMax),
      ),
    truncate: (topic, partition, start) =>
      call(`truncates ${topic}/${partition}`, 'none', () => log.truncate(topic, partition, start)),
    laneOf: (topic, partition) =>
      call(`seeks the lane of ${topic}/${partition}`, faultOf(fails(profile.laneFaults)), () =>
        world.leaderOf(topic, partition),
      ),
    openLane: (lane) =>
      call(`opens ${lane}`, faultOf(fails(profile.laneFaults / 2)), () =>
        openSender(world, actor, lane, call),
      ),
    committed: (group, topic) => log.committed(group, topic),
    subscribe: (_group, topics, consumer) => Promise.resolve(world.join(actor, topics, consumer)),
  };
}

const faultOf = (fails: boolean): CallFault => (fails ? 'unsent' : 'none');

type LaneCall = <T>(label: string, fault: CallFault, perform: () => T | Promise<T>) => Promise<T>;

function openSender(world: World, actor: Actor, lane: string, call: LaneCall): LaneSender {
  const { random, profile } = world;
  let busy = false;
  return {
    async send(records) {
      if (busy) {
        world.find(`${actor.name} has two sends outstanding on ${lane}`);
        throw new Error(`lane ${lane} has a send outstanding`);
      }
      busy = true;
      const label = `sends ${records.length} by ${lane}`;
      const fails = !world.calm && random.chance(profile.sendFaults);
      const fault = fails ? random.pick(['unsent', 'unanswered', 'late'] as const) : 'none';
      const short = !world.calm && random.chance(profile.sendFaults / 4);
      try {
        return await call(label, fault, () => append(world, lane, records, short));
      } finally {
        busy = false;
      }
    },
    close: () => Promise.resolve(),
  };
}

/** `short`: one partition's records are left out and not answered for, as some clients do. */
function append(
  world: World,
  lane: string,
  records: readonly OutgoingRecord[],
  short: boolean,
): Appended[] {
  const big = records.find((record) => record.value.length > VALUE_MAX);
  if (big !== undefined) {
    throw new AppendRefused('too_large', `a value may have ${VALUE_MAX} characters`);
  }
  const isLed = ({ topic, partition }: OutgoingRecord): boolean =>
    world.leaderOf(topic, partition) === lane;
  const left = short ? records.at(-1)?.partition : undefined;
  const landed = records
    .filter((record) => isLed(record) && record.partition !== left)
    .map(({ topic, partition, key, value }) => world.append(topic, partition, { key, value }));
  if (!records.every(isLed)) throw new Error(`${lane} leads other partitions now`);
  return landed;
}
