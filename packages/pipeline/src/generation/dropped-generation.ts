import type { CommitQueue } from '../project/commit-queue.js';
import { SlotMoved } from '../project/load-batch.js';
import type { ProjectorPorts } from '../project/projector-ports.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { decodeCheckpoint } from '../slot/checkpoint.js';
import type { AsidePorts } from './aside-folding.js';
import { changePointer } from './change-pointer.js';
import { generationOf } from './pointer.js';
import type { Pointer } from './pointer.js';
import { SlotRemoval } from './slot-removal.js';

/** Pause where live folding comes first, milliseconds. */
const IDLE_MS = 200;

/** Pause before a removal is begun again, milliseconds. */
const AGAIN_MS = 5_000;

/** Forgets a generation whose slots are dropped on every partition; its number is never given again. */
async function forgetDropped(
  ports: ProjectorPorts,
  projection: Projection,
  number: number,
): Promise<void> {
  const generation = generationOf(projection, number);
  for (let partition = 0; partition < projection.partitions; partition++) {
    const { checkpoint } = await ports.store.read(slotOf(generation, partition), []);
    if (checkpoint === null || decodeCheckpoint(checkpoint).role !== 'dropped') return;
  }
  const { store } = ports;
  const pointerPorts = { store, commitId: () => ports.commitId() };
  await changePointer(pointerPorts, projection, (pointer) => {
    const generations = new Map(pointer.generations);
    if (!generations.delete(number)) return { answer: null };
    const to: Pointer = { ...pointer, generations };
    return { to, answer: null };
  });
}

/** A dropped generation of one partition, while its owner removes it beside everything else. */
export class DroppedGeneration {
  readonly #ports: ProjectorPorts;
  readonly #projection: Projection;
  readonly #partition: number;
  readonly #number: number;
  readonly #isHeldBack: () => boolean;
  #isOver = false;

  constructor(
    { ports, live, lags }: Pick<AsidePorts, 'ports' | 'live' | 'lags'>,
    projection: Projection,
    partition: number,
    number: number,
  ) {
    this.#ports = ports;
    this.#isHeldBack = () => lags.holdBack(live());
    this.#projection = projection;
    this.#partition = partition;
    this.#number = number;
  }

  /** Removes until everything is gone or the partition is somebody else's. */
  async run(turns: CommitQueue): Promise<void> {
    const { timing } = this.#ports;
    while (!this.#isOver) {
      try {
        if (!(await this.#remove(turns))) return;
        await forgetDropped(this.#ports, this.#projection, this.#number);
        return;
      } catch (error) {
        if (this.#isOver) return;
        const reason = error instanceof Error ? error.message : String(error);
        this.#ports.trouble(
          this.#partition,
          `generation ${this.#number} is not dropped: ${reason}`,
        );
        await timing.sleep(AGAIN_MS);
      }
    }
  }

  stop(): void {
    this.#isOver = true;
  }

  /**
   * As much time as a piece of the removal takes is left to others behind it, and all of it while live folding lags. False:
   * nobody drops it any more.
   */
  async #remove(turns: CommitQueue): Promise<boolean> {
    const { timing } = this.#ports;
    const generation = generationOf(this.#projection, this.#number);
    let turn = await takeTurn(turns);
    let began = timing.now();
    const pause = async (): Promise<void> => {
      turn.end();
      await timing.sleep(Math.max(1, timing.now() - began));
      while (this.#isHeldBack() && !this.#isOver) await timing.sleep(IDLE_MS);
      turn = await takeTurn(turns);
      if (this.#isOver) throw new SlotMoved('the partition was revoked');
      began = timing.now();
    };
    try {
      return await new SlotRemoval(this.#ports, generation, this.#partition, pause).run();
    } finally {
      turn.end();
    }
  }
}

/** Waits for a turn, which lasts until it is ended. */
const takeTurn = (turns: CommitQueue): Promise<{ end: () => void }> =>
  new Promise((begun) => {
    void turns.run(() => new Promise<void>((end) => begun({ end })));
  });
