import { setTimeout as sleep } from 'node:timers/promises';
import type { ProjectorsReply } from '@refold/contracts';
import { read } from './api.js';

const LOOK_MS = 50;

/** How far live folding of runs is behind the log, as the read API says: the most of all looks and partitions. */
export class LiveLag {
  events = 0;
  ms = 0;
  looks = 0;
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async watch(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const { body } = await read<ProjectorsReply>(this.#url, '/projectors');
      const runs = body.projectors.filter(({ projection }) => projection === 'runs');
      for (const { lag_events: events, lag_seconds: seconds } of runs.flatMap(
        ({ partitions }) => partitions,
      )) {
        this.events = Math.max(this.events, events ?? Infinity);
        this.ms = Math.max(this.ms, Math.round((seconds ?? Infinity) * 1_000));
      }
      this.looks += 1;
      await sleep(LOOK_MS);
    }
  }
}
