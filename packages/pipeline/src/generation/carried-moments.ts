import type { Item } from '../fold/fold-context.js';
import type { Offset } from '../ports/event-log.js';
import { REFUSALS_MAX } from '../slot/refusals.js';
import type { CarriedLook, CarriedMoment, CarriedSource } from './carried-source.js';

/** Streams of which it is remembered that their refusals may be others by now. */
const MET_MAX = 10_000;

/**
 * What the live slot says of streams at one moment. All its refusals lie in one place, and reading them takes as long as
 * there are of them. So what was read once is used again: for streams of which no record was met since, as long as the
 * slot says that no task has changed them.
 */
export class CarriedMoments {
  #known: { moment: CarriedMoment; source: CarriedSource } | null = null;
  /** Where the slot aside has met the last record of a stream, since refusals were asked for. */
  readonly #met = new Map<string, Offset>();
  #isMeeting = false;

  /** The slot aside is about to pass these records. */
  meets(items: readonly Item[]): void {
    if (!this.#isMeeting) return;
    for (const { decoded, record } of items) {
      if (decoded.kind === 'claim') this.#met.set(decoded.claim.subject, record.offset);
      else if (decoded.kind === 'skip') this.#met.set(decoded.skip.subject, record.offset);
    }
    if (this.#met.size > MET_MAX) this.forget();
  }

  /** Refusals are read again when they are asked for. */
  forget(): void {
    this.#known = null;
    this.#met.clear();
    this.#isMeeting = false;
  }

  /** What is said of these streams, or of some of them: of the others when it is asked for again. */
  async of(source: CarriedSource, subjects: readonly string[]): Promise<CarriedMoment> {
    const known = this.#known;
    const quiet = subjects.filter((subject) => this.isKnown(subject));
    if (known?.source === source && quiet.length > 0) {
      const look = await source.look(quiet);
      if (holdsAt(known.moment, look)) return { ...known.moment, ...look };
    }
    this.forget();
    this.#isMeeting = true;
    const moment = await source.moment(subjects);
    if (this.#isMeeting) this.#known = { moment, source };
    return moment;
  }

  /** Whether the refusals of a stream are those that were read, as far as the slot aside has come. */
  isKnown(subject: string): boolean {
    if (this.#known === null) return false;
    return (this.#met.get(subject) ?? -1) < this.#known.moment.checkpoint.next;
  }
}

/** Whether what was refused at one moment is known at a later one, but for streams of records between the two. */
function holdsAt({ checkpoint, refusals, tasks }: CarriedMoment, later: CarriedLook): boolean {
  const more = later.checkpoint.next - checkpoint.next;
  // So many may have come since, for which old ones made room.
  if (more < 0 || refusals.size + more > REFUSALS_MAX) return false;
  return tasks !== null && later.tasks === tasks;
}
