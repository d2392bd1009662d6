import {
  StoreUnavailable,
  beginSwap,
  createGeneration,
  dropGeneration,
  giveUpSwap,
  readPointer,
} from '@refold/pipeline';
import type { PointerPorts, Projection } from '@refold/pipeline';
import { faultyStore } from './faulty-store.js';
import { asidesOf } from './place.js';
import type { Random } from './random.js';
import type { Actor } from './scheduler.js';
import type { World } from './world.js';

/** Generations beyond the first that a schedule builds of one projection. */
const GENERATIONS_MAX = 3;

type Request = (ports: PointerPorts) => Promise<unknown>;

/** Has generations built and swapped, as operators and retries of theirs do. */
export class Generations {
  readonly #world: World;
  readonly #random: Random;
  readonly #ports: PointerPorts;
  readonly #asked: Request[] = [];
  #ids = 0;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
    const actor: Actor = { name: 'o1', alive: true, frozenUntil: 0 };
    this.#ports = { store: faultyStore(world, actor), commitId: () => `o1-${this.#ids++}` };
  }

  /** Perhaps asks for something new, or for something once more. */
  maybeAsk(): void {
    const random = this.#random;
    if (!random.chance(this.#world.profile.generations)) return;
    const again = this.#asked.length > 0 && random.chance(0.25);
    const request = again ? random.pick(this.#asked) : this.#next();
    if (!again) this.#asked.push(request);
    void this.#send(request);
  }

  /** No swap is under way any more: what is done to the live generation next is not taken back by one. */
  async giveUpSwaps(): Promise<void> {
    const { projections, store } = this.#world;
    const ports = { store, commitId: () => `o1-${this.#ids++}` };
    for (const projection of projections) {
      const { swap } = await readPointer(store, projection);
      if (swap !== null) await giveUpSwap(ports, projection, swap.operation, 'given up');
    }
  }

  /** Asks for a generation that is there to become live everywhere. */
  swapAll(projection: Projection): void {
    const [one] = asidesOf(this.#world.store, projection, 0);
    if (one === undefined) return;
    const operation = `generation-op-${this.#asked.length}`;
    const partitions = Array.from({ length: projection.partitions }, (_, partition) => partition);
    const swap = { operation, to: one.generation, partitions };
    const request: Request = (ports) => beginSwap(ports, projection, swap);
    this.#asked.push(request);
    void this.#send(request);
  }

  async #send(request: Request): Promise<void> {
    try {
      await request(this.#ports);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }

  #next(): Request {
    const random = this.#random;
    const projection = random.pick(this.#world.projections);
    const operation = `generation-op-${this.#asked.length}`;
    const to = random.int(1, GENERATIONS_MAX + 1);
    switch (random.int(0, 6)) {
      case 0:
      case 1:
        return (ports) => this.#create(ports, projection, operation);
      case 2:
        return (ports) =>
          giveUpSwap(
            ports,
            projection,
            `generation-op-${random.int(0, this.#asked.length)}`,
            'late',
          );
      case 3:
        return (ports) => dropGeneration(ports, projection, { operation, generation: to });
      default: {
        const partitions = this.#some(projection);
        return (ports) => beginSwap(ports, projection, { operation, to, partitions });
      }
    }
  }

  #create(ports: PointerPorts, projection: Projection, operation: string): Promise<unknown> {
    const kind = projection.kinds[0] ?? 'run';
    const views = `${kind}@${this.#random.int(1, 2)}`;
    const share = this.#random.pick([0.2, 0.5, 1]);
    return createGeneration(ports, projection, { operation, views, share });
  }

  #some({ partitions }: Projection): number[] {
    const all = Array.from({ length: partitions }, (_, partition) => partition);
    const some = all.filter(() => this.#random.chance(0.6));
    return some.length === 0 ? all : some;
  }
}
