import { parseSubject, partitionOf } from '@refold/contracts';
import type { Claim } from '@refold/domain';
import type { Offset } from '../ports/event-log.js';
import type { Projection } from '../projection.js';
import { isSampled } from './refold-task.js';
import type { RefoldTask } from './refold-task.js';

/** What was read of a selected stream so far: claims only. */
export interface SelectedStream {
  claims: number;
  /** UTF-8 bytes of the keys and values of those claims. */
  bytes: number;
  /** How many of those claims name who waits for the verdict. */
  asked: number;
}

/** Most streams of one partition that are selected; each costs about 300 bytes of memory. */
export const SELECTED_STREAMS_MAX = 250_000;

/** More streams than one operation takes. */
export class TooManyStreams extends Error {
  override readonly name = 'TooManyStreams';
  readonly most: number;
  constructor(where: string, most: number) {
    super(
      `${where}: more than ${most} streams are selected: ` +
        'choose a shorter range, or build the partition anew as a generation',
    );
    this.most = most;
  }
}

/** Whether a stream lives on a partition of a projection. */
function livesOn(projection: Projection, partition: number, subject: string): boolean {
  const stream = parseSubject(subject);
  if (stream === null || !projection.kinds.includes(stream.kind)) return false;
  return partitionOf(stream.streamId, projection.partitions) === partition;
}

function scanStart({ select }: Pick<RefoldTask, 'select'>, logStart: Offset): Offset {
  switch (select.kind) {
    case 'all':
      return logStart;
    case 'range':
      return Math.max(logStart, select.from);
    case 'streams':
      return select.to;
  }
}

/** Whether streams that begin at the task's end or later are compared as well: all of the partition are. */
export const joinsLater = ({
  effect,
  select,
  sample,
}: Pick<RefoldTask, 'effect' | 'select' | 'sample'>): boolean =>
  effect !== 'replace' && select.kind === 'all' && sample === undefined;

/**
 * The streams that a task is about, found in the log and nowhere else: the store may be what is wrong.
 * Plans and whoever carries them out select with this alone. Whoever has it reads the log once over
 * [from, to) and shows it every claim; reading further shows no stream that is not selected.
 */
export class StreamSelection {
  readonly streams = new Map<string, SelectedStream>();
  /** Where the log is read to select; `to` when the streams are named. */
  readonly from: Offset;
  readonly to: Offset;
  readonly #task: Pick<RefoldTask, 'select' | 'sample'>;
  readonly #where: string;
  readonly #most: number;

  /** @throws TooManyStreams */
  constructor(
    projection: Projection,
    partition: number,
    task: Pick<RefoldTask, 'select' | 'sample'>,
    logStart: Offset,
    most = SELECTED_STREAMS_MAX,
  ) {
    const { select } = task;
    this.#task = task;
    this.#where = `${projection.topic}/${partition}`;
    this.#most = most;
    this.to = select.to;
    this.from = Math.min(this.to, scanStart(task, logStart));
    if (select.kind !== 'streams') return;
    for (const subject of select.subjects) {
      if (livesOn(projection, partition, subject)) this.#add(subject);
    }
  }

  /** Takes a claim of [from, to) into account. @throws TooManyStreams */
  claim({ subject, replyTo }: Claim, bytes: number): void {
    const stream = this.streams.get(subject) ?? this.#add(subject);
    if (stream === undefined) return;
    stream.claims += 1;
    stream.bytes += bytes;
    if (replyTo !== null) stream.asked += 1;
  }

  #add(subject: string): SelectedStream | undefined {
    if (!isSampled(this.#task.sample, subject)) return undefined;
    if (this.streams.size >= this.#most && !this.streams.has(subject)) {
      throw new TooManyStreams(this.#where, this.#most);
    }
    const stream: SelectedStream = { claims: 0, bytes: 0, asked: 0 };
    this.streams.set(subject, stream);
    return stream;
  }
}
