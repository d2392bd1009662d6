import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceProcess } from './service-process.js';

/** A line of a service's log. */
export interface LogLine {
  level: string;
  msg: string;
  pid: number;
  [field: string]: unknown;
}

/** The lines of a text that are JSON; Node itself may write others. */
export const parseLines = (text: string): LogLine[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as LogLine);

/** Everything a service has logged since it was first launched, crashed processes included. */
export const linesOf = ({ folder }: ServiceProcess): LogLine[] =>
  parseLines(readFileSync(join(folder, 'service.log'), 'utf8'));

/** The process ID of a service that has begun to log. */
export function pidOf(service: ServiceProcess): number {
  const pid = linesOf(service).at(-1)?.pid;
  if (pid === undefined) throw new Error('the service has logged nothing yet');
  return pid;
}

/** How a refused right, and a server or a client that is not trusted, are told: by servers, clients and us. */
const REFUSED =
  /NOPERM|NOAUTH|WRONGPASS|AUTHORIZATION_FAILED|AUTHENTICATION_FAILED|authentication failed|not authorized|not allowed|forbid|grant|executing the script|certificate|SSL routines|security\.md/i;

/** The lines that tell of a refused right or of wrong trust, each as it stands in the log. */
export const refusalsOf = (service: ServiceProcess): string[] =>
  linesOf(service)
    .map((line) => JSON.stringify(line))
    .filter((line) => REFUSED.test(line));
