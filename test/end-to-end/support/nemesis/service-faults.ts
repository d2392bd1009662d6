import { setTimeout as sleep } from 'node:timers/promises';
import { seconds, type Fault } from './fault.js';
import { SESSION_MS } from './fleet.js';

const projectorStopped: Fault = {
  name: 'a projector is stopped for longer than its session, and wakes up',
  async play({ projectors }, random) {
    const stopped = random.pick(projectors);
    const stoppedMs = SESSION_MS + random.int(1_000, 3_000);
    stopped.signal('SIGSTOP');
    await sleep(stoppedMs);
    stopped.signal('SIGCONT');
    return `for ${seconds(stoppedMs)}, the session is ${seconds(SESSION_MS)}`;
  },
};

const projectorKilled: Fault = {
  name: 'a projector is killed',
  async play({ projectors }, random) {
    await random.pick(projectors).crash();
    return 'and started again';
  },
};

const ingestStopped: Fault = {
  name: 'an ingest process is stopped and wakes up',
  async play({ ingests }, random) {
    const stopped = random.pick(ingests);
    const stoppedMs = random.int(500, 5_000);
    stopped.signal('SIGSTOP');
    await sleep(stoppedMs);
    stopped.signal('SIGCONT');
    return `for ${seconds(stoppedMs)}`;
  },
};

const ingestKilled: Fault = {
  name: 'an ingest process is killed',
  async play({ ingests }, random) {
    await random.pick(ingests).crash();
    return 'and started again';
  },
};

const readerKilled: Fault = {
  name: 'the reading process is killed',
  async play(fleet) {
    fleet.readerStarts += 1;
    await fleet.reads.crash();
    return 'and started again';
  },
};

/** What happens to our own processes. */
export const SERVICE_FAULTS: readonly Fault[] = [
  projectorStopped,
  projectorKilled,
  ingestStopped,
  ingestKilled,
  readerKilled,
];
