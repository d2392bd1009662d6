import type { Projection, RefoldResult, RefoldTask } from '@refold/pipeline';
import { keyOf, type Place } from './place.js';
import type { ProjectorProcess } from './projector-process.js';
import type { Random } from './random.js';
import type { World } from './world.js';

interface Asked {
  projection: Projection;
  partition: number;
  task: RefoldTask;
}

/** Asks for streams to be folded anew, as operators and retries of theirs do. */
export class Refolds {
  readonly #world: World;
  readonly #random: Random;
  readonly #asked: Asked[] = [];
  readonly #ended = new Set<string>();

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  /** Perhaps asks for something new, for something once more, or for the end of something. */
  maybeAsk(processes: readonly ProjectorProcess[]): void {
    const random = this.#random;
    if (!random.chance(this.#world.profile.refolds)) return;
    const again = this.#asked.length > 0 && random.chance(0.4);
    const asked = again ? random.pick(this.#asked) : this.#next();
    if (!again) this.#asked.push(asked);
    const { projection, partition, task } = asked;
    const isCancel = again && random.chance(0.3);
    if (isCancel) this.cancel({ projection, partition }, task.operation, processes);
    else this.#ask(asked, processes);
  }

  /** Asks for all streams of a partition to be folded anew, as often as it is called. True: it is done. */
  redrive(
    operation: string,
    { projection, partition }: Place,
    to: number,
    processes: readonly ProjectorProcess[],
  ): boolean {
    if (this.#ended.has(operation)) return true;
    const task: RefoldTask = { operation, effect: 'replace', select: { kind: 'all', to } };
    const isKnown = this.#asked.some((one) => one.task.operation === operation);
    if (!isKnown) this.#asked.push({ projection, partition, task });
    this.#ask({ projection, partition, task }, processes);
    return false;
  }

  /** Asks for the end of an operation on one partition. */
  cancel(
    { projection, partition }: Place,
    operation: string,
    processes: readonly ProjectorProcess[],
  ): void {
    for (const { actor, projectors } of processes) {
      if (actor.alive) projectors.get(projection.topic)?.cancelRefold(partition, operation);
    }
  }

  /** The end of a task that nobody asked for, or on another partition, is a finding. */
  ended({ operation, partition, outcome, error, differences }: RefoldResult): void {
    this.#ended.add(operation);
    const asked = this.#asked.find(({ task }) => task.operation === operation);
    if (asked?.partition !== partition) this.#world.find(`${operation} ended on ${partition}`);
    if (outcome === 'failed') this.#world.find(`${operation} failed: ${error ?? ''}`);
    // Only a checkpoint that is lost alone, or a log that lost its tail, makes anything differ.
    const [first] = differences;
    if (first === undefined || asked === undefined || this.#mayDiffer(asked)) return;
    this.#world.find(`${operation} finds a difference: ${JSON.stringify(first)}`);
  }

  #mayDiffer({ projection, partition }: Asked): boolean {
    const { ahead, lost, poison } = this.#world;
    // By rules that were mended, what still stands parked is behind.
    if (poison?.isMended === true) return true;
    const isLost = lost.some((t) => t.topic === projection.topic && t.partition === partition);
    return isLost || ahead.has(keyOf(projection, partition));
  }

  #ask({ projection, partition, task }: Asked, processes: readonly ProjectorProcess[]): void {
    for (const { actor, projectors } of processes) {
      if (actor.alive) projectors.get(projection.topic)?.refold(partition, task);
    }
  }

  #next(): Asked {
    const random = this.#random;
    const projection = random.pick(this.#world.projections);
    const partition = random.int(0, projection.partitions - 1);
    const records = this.#world.log.records(projection.topic, partition);
    const to = (records.at(-1)?.offset ?? -1) + 1 - random.int(0, Math.min(3, records.length));
    const operation = `op-${this.#asked.length}`;
    const effect = random.pick(['replace', 'replace', 'compare', 'repair'] as const);
    return {
      projection,
      partition,
      task: { operation, effect, select: this.#select(projection, to) },
    };
  }

  #select({ kinds: [kind = 'run'] }: Projection, to: number): RefoldTask['select'] {
    const random = this.#random;
    const letter = kind === 'run' ? 'r' : 'w';
    const subjects = Array.from(
      { length: random.int(1, 3) },
      () => `${kind}/${letter}${random.int(0, 4)}`,
    );
    switch (random.int(0, 2)) {
      case 0:
        return { kind: 'all', to };
      case 1:
        return { kind: 'range', from: random.int(0, Math.max(0, to)), to };
      default:
        return { kind: 'streams', subjects, to };
    }
  }
}
