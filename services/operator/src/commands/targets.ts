import type { OperationArguments } from '@refold/contracts';
import { UsageError } from '../failure.js';
import { readText } from './read-text.js';

/** How far back, as the options say it; exactly one of them is given. */
export interface TargetOptions {
  toEarliest?: boolean;
  toLatest?: boolean;
  toCurrent?: boolean;
  toOffset?: number;
  toDatetime?: string;
  /** Another name of `toDatetime`. */
  since?: string;
  byDuration?: string;
  /** Only streams with events before this time; beside a time where it begins. */
  until?: string;
  shiftBy?: number;
  /** A path. */
  fromFile?: string;
  /** An ID of a run; a worker's with the projection of workers. */
  run?: string;
  /** Another name of `run`. */
  runId?: string;
}

type Reader<Value> = (
  value: Value,
  kind: string,
) => OperationArguments | Promise<OperationArguments>;
type Targets = Required<Omit<TargetOptions, 'until'>>;
type Readers = { [Name in keyof Targets]: Reader<Targets[Name]> };

const READERS: Readers = {
  toEarliest: () => ({ target: 'to-earliest' }),
  toLatest: () => ({ target: 'to-latest' }),
  toCurrent: () => ({ target: 'to-current' }),
  toOffset: (offset) => ({ target: 'to-offset', offset }),
  toDatetime: (datetime) => ({ target: 'to-datetime', datetime }),
  since: (datetime) => ({ target: 'to-datetime', datetime }),
  byDuration: (duration) => ({ target: 'by-duration', duration }),
  shiftBy: (shift) => ({ target: 'shift-by', shift }),
  fromFile: async (path) => ({ target: 'from-file', file: await readText(path) }),
  run: (id, kind) => ({ target: 'run', subject: `${kind}/${id}` }),
  runId: (id, kind) => ({ target: 'run', subject: `${kind}/${id}` }),
};

const NAMES = Object.keys(READERS) as (keyof Readers)[];

const flagOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;

/** What subjects of a projection begin with: `run` of `runs`. */
export const kindOf = (projection: string): string => projection.replace(/s$/, '');

/** What the options ask for. @throws UsageError unless exactly one target is given. */
export async function targetOf(
  options: TargetOptions,
  projection: string,
): Promise<OperationArguments> {
  const given = NAMES.filter((name) => options[name] !== undefined);
  const [name] = given;
  if (name === undefined || given.length > 1) {
    throw new UsageError(`expected exactly one of ${NAMES.map(flagOf).join(', ')}`);
  }
  const read = READERS[name] as Reader<unknown>;
  const target = await read(options[name], kindOf(projection));
  return options.until === undefined ? target : endingAt(target, options.until);
}

/** @throws UsageError beside a target that names no time. */
function endingAt(target: OperationArguments, until: string): OperationArguments {
  if (target.target === 'to-datetime' || target.target === 'by-duration')
    return { ...target, until };
  throw new UsageError('--until is for --since, --to-datetime and --by-duration');
}
