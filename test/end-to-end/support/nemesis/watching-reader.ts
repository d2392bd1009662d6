import type { RunReply } from '@refold/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../api.js';
import type { Fleet } from './fleet.js';

/** What was seen of a run last. */
interface Seen {
  seq: number;
  tag: string;
  position: string;
  /** The start of the reading process that showed it. */
  start: number;
}

const PAUSE_MS = 10;
const RUNS_WATCHED = 6;

/**
 * Reads the newest runs again and again, and holds every answer against the one before: a reader never
 * sees less, neither from one process nor, with the position it was given, from the next.
 */
export class WatchingReader {
  /** What must not be, in words. */
  readonly broken: string[] = [];
  answers = 0;
  /** Not now: the process was away, or its read model is behind what was seen. */
  refused = 0;
  readonly #fleet: Fleet;
  readonly #runIds: () => readonly string[];
  readonly #seen = new Map<string, Seen>();

  constructor(fleet: Fleet, runIds: () => readonly string[]) {
    this.#fleet = fleet;
    this.#runIds = runIds;
  }

  /** Reads until told to end. */
  async watch(ended: () => boolean): Promise<void> {
    for (let turn = 0; !ended(); turn++) {
      const ids = this.#runIds().slice(-RUNS_WATCHED);
      const id = ids[turn % Math.max(1, ids.length)];
      if (id !== undefined) await this.#look(id, turn % 2 === 0);
      await sleep(PAUSE_MS);
    }
  }

  async #look(id: string, withPosition: boolean): Promise<void> {
    const { reads, readerStarts: start } = this.#fleet;
    const seen = this.#seen.get(id);
    const after = withPosition && seen !== undefined ? `?after=${seen.position}` : '';
    const answer = await ask<{ run: RunReply }>(reads.url, `/runs/${id}${after}`).catch(() => null);
    if (answer === null || answer.status === 503) {
      this.refused += 1;
      return;
    }
    this.answers += 1;
    const isHeld = after !== '' || (seen?.start === start && this.#fleet.readerStarts === start);
    const run = answer.status === 200 ? answer.body.run : null;
    const tag = answer.headers.get('etag') ?? '';
    const position = answer.headers.get('refold-position') ?? '';
    const now = run === null ? null : { seq: run.last_seq, tag, position, start };
    if (now === null && answer.status !== 404) {
      this.broken.push(`${id}: ${answer.status} ${JSON.stringify(answer.body)}`);
    } else if (seen !== undefined) {
      const fault = faultBetween(seen, now, isHeld);
      if (fault !== null) this.broken.push(`${id}: ${fault} ${after}`);
    }
    if (now !== null && (seen === undefined || isHeld)) this.#seen.set(id, now);
  }
}

/** What is wrong with an answer after another; null for nothing. `isHeld`: it must not show less. */
function faultBetween(before: Seen, now: Seen | null, isHeld: boolean): string | null {
  if (now === null) return isHeld ? `seen at ${before.seq}, then gone` : null;
  if (now.seq < before.seq) return isHeld ? `seen at ${before.seq}, then at ${now.seq}` : null;
  if (now.seq > before.seq || now.tag === before.tag) return null;
  return `two histories of ${now.seq} events, ${before.tag} and ${now.tag}`;
}
