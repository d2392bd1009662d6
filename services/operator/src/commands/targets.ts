import { readFile } from 'node:fs/promises';
import type { OperationArguments } from '@refold/contracts';
import { UsageError } from '../failure.js';

/** How far back, as the options say it; exactly one of them is given. */
export interface TargetOptions {
  toEarliest?: boolean;
  toLatest?: boolean;
  toCurrent?: boolean;
  toOffset?: number;
  toDatetime?: string;
  byDuration?: string;
  shiftBy?: number;
  /** A path. */
  fromFile?: string;
  /** An ID of a run; a worker's with the projection of workers. */
  run?: string;
}

type Reader<Value> = (
  value: Value,
  kind: string,
) => OperationArguments | Promise<OperationArguments>;
type Readers = { [Name in keyof Required<TargetOptions>]: Reader<Required<TargetOptions>[Name]> };

const READERS: Readers = {
  toEarliest: () => ({ target: 'to-earliest' }),
  toLatest: () => ({ target: 'to-latest' }),
  toCurrent: () => ({ target: 'to-current' }),
  toOffset: (offset) => ({ target: 'to-offset', offset }),
  toDatetime: (datetime) => ({ target: 'to-datetime', datetime }),
  byDuration: (duration) => ({ target: 'by-duration', duration }),
  shiftBy: (shift) => ({ target: 'shift-by', shift }),
  fromFile: async (path) => ({ target: 'from-file', file: await readFile(path, 'utf8') }),
  run: (id, kind) => ({ target: 'run', subject: `${kind}/${id}` }),
};

const NAMES = Object.keys(READERS) as (keyof Readers)[];

const flagOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;

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
  return read(options[name], projection.replace(/s$/, ''));
}
