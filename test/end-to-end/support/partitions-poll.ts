import { setTimeout as sleep } from 'node:timers/promises';
import {
  CatchingUp,
  liveGeneration,
  ProjectionReader,
  readPointer,
  StoreUnavailable,
  type StreamDocument,
} from '@refold/pipeline';
import type { Installation } from './installation.js';

/** Newest runs that one answer holds. */
const PAGE = 200;

const PAUSE_MS = 10;

/** A run of so many events has more than one message. */
const TELLING_SEQ = 4;

/** By which of the two views of docs/drills a document was folded; null: it does not show. */
function viewOf(document: StreamDocument | null): 'right' | 'miscounting' | null {
  const { message_count: count } = (document?.views['run'] ?? {}) as { message_count?: number };
  if ((document?.state?.seq ?? 0) < TELLING_SEQ) return null;
  return count === 1 ? 'miscounting' : 'right';
}

/** A reader that lists all partitions until it is told to end, and holds the answers against each other. */
export class PartitionsPoll {
  /** What no reader may see, each once. */
  readonly faults = new Set<string>();
  /** The views that answers were folded by, one after the other. */
  readonly views: string[] = [];
  reads = 0;
  /** Reads that the store did not answer. */
  unanswered = 0;
  readonly #installation: Installation;
  readonly #reader: ProjectionReader;
  readonly #served = new Map<number, number>();

  constructor(installation: Installation) {
    this.#installation = installation;
    this.#reader = new ProjectionReader(installation.store, installation.runs);
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      try {
        await this.#list();
        await this.#pointer();
        this.reads += 1;
      } catch (error) {
        if (error instanceof CatchingUp) this.faults.add(error.message);
        else if (error instanceof StoreUnavailable) this.unanswered += 1;
        else throw error;
      }
      // A store that is away is told of at once: without a pause nothing else here would be done.
      await sleep(PAUSE_MS);
    }
  }

  async #list(): Promise<void> {
    const { entries, positions } = await this.#reader.list('run', 'runs/all', undefined, PAGE);
    const views = new Set(entries.map(({ document }) => viewOf(document)));
    views.delete(null);
    if (views.size > 1) this.faults.add('documents of two views are in one answer');
    const [view] = views;
    if (view != null && this.views.at(-1) !== view) this.views.push(view);
    for (const { partition, next } of positions) {
      if (next < (this.#served.get(partition) ?? 0)) {
        this.faults.add(`partition ${partition} is older than it was`);
      }
      this.#served.set(partition, next);
    }
  }

  async #pointer(): Promise<void> {
    const { store, runs } = this.#installation;
    const pointer = await readPointer(store, runs);
    const partitions = Array.from({ length: runs.partitions }, (_, partition) => partition);
    const live = new Set(partitions.map((partition) => liveGeneration(pointer, partition)));
    if (live.size > 1) this.faults.add(`generations ${[...live].join(' and ')} are live`);
  }
}
