import { InvalidArgumentError } from 'commander';
import { address, integer, list, pattern, url, type Parser } from '@refold/service';

/** An argument of the command line, read as strictly as a setting of the environment. */
export const argumentOf =
  <Value>(parser: Parser<Value>) =>
  (text: string): Value => {
    const read = parser.safeParse(text);
    if (read.success) return read.data;
    throw new InvalidArgumentError(read.error.issues.map(({ message }) => message).join('; '));
  };

/** How the arguments are read. */
export const ARGUMENTS = {
  url: argumentOf(url(['http', 'https'])),
  rate: argumentOf(integer({ min: 1, max: 1_000_000 })),
  concurrency: argumentOf(integer({ min: 1, max: 64 })),
  partitions: argumentOf(integer({ min: 1, max: 1_024 })),
  brokers: argumentOf(list(address())),
  prefix: argumentOf(pattern(/^[A-Za-z0-9._-]{1,100}$/, '1-100 characters of A-Z a-z 0-9 . _ -')),
};
