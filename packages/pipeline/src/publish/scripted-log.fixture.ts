import type { Appended, EventLog, LaneSender, OutgoingRecord } from '../ports/event-log.js';

/** One send that a lane made, to be answered by the test. */
export interface Sent {
  lane: string;
  records: readonly OutgoingRecord[];
  /** Values as `partition:value`. */
  values: string[];
  acknowledge(): void;
  answerFor(count: number): void;
  fail(error: Error): void;
}

/** The part of an event log that a publisher uses; every send waits for the test. */
export function scriptedLog() {
  const sends: Sent[] = [];
  const state = {
    leader: (partition: number) => `broker-${partition % 2}`,
    refusesLanes: false,
    opened: 0,
    closed: 0,
  };
  let offset = 0;
  const openLane = async (lane: string): Promise<LaneSender> => {
    if (state.refusesLanes) throw new Error('no broker gave a producer ID');
    state.opened += 1;
    let isBusy = false;
    let isSpent = false;
    return {
      send: (records) => {
        if (isBusy || isSpent)
          throw new Error('a sender has one send at a time, and no other fails');
        isBusy = true;
        return new Promise<Appended[]>((resolve, reject) => {
          const answerFor = (count: number): void => {
            isBusy = false;
            resolve(records.slice(0, count).map(() => ({ offset: offset++, timestamp: 1 })));
          };
          sends.push({
            lane,
            records,
            values: records.map(({ partition, value }) => `${partition}:${value}`),
            acknowledge: () => answerFor(records.length),
            answerFor,
            fail: (error) => {
              isSpent = true;
              reject(error);
            },
          });
        });
      },
      close: async () => {
        state.closed += 1;
      },
    };
  };
  const laneOf = async (_topic: string, partition: number): Promise<string> =>
    state.leader(partition);
  const log = { laneOf, openLane } as Partial<EventLog> as EventLog;
  return { log, sends, state };
}
