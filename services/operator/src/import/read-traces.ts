import { createHash } from 'node:crypto';
import { canonicalJson, type JsonValue } from '@refold/contracts';
import { isSweAgent, readSweAgent } from './swe-agent.js';
import { isTauBench, readTauBench } from './tau-bench.js';
import type { Trace, TraceFormat, TraceReading } from './trace.js';

/** A part of a file that is no trace, and why. */
export interface NoTrace {
  /** `[3]` for the fourth element of a list; empty for the whole file. */
  where: string;
  why: string;
}

/** What a file holds. */
export interface FileReading {
  traces: Trace[];
  refused: NoTrace[];
}

/** Deepest nesting of a trace file; real ones have about ten levels. */
const DEPTH_MAX = 256;

function isTooDeep(value: JsonValue): boolean {
  let level: JsonValue[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH_MAX) return true;
    level = level.flatMap((member) =>
      typeof member === 'object' && member !== null ? Object.values(member) : [],
    );
  }
  return false;
}

function traceOf(format: TraceFormat, content: JsonValue, reading: TraceReading): Trace {
  const contentHash = createHash('sha256').update(canonicalJson(content)).digest('hex');
  const metadata = { format, content_sha256: contentHash, ...reading.metadata };
  return { ...reading, metadata, format, contentHash, runId: `imp_${contentHash.slice(0, 32)}` };
}

const nothing = (why: string): FileReading => ({ traces: [], refused: [{ where: '', why }] });

const KNOWN_FORMATS =
  'a list of tau-bench runs (objects with "traj") or a SWE-agent run (an object with "trajectory" or "history")';

function describe(value: JsonValue): string {
  if (value === null || typeof value !== 'object')
    return `it is ${JSON.stringify(value)?.slice(0, 40)}`;
  if (Array.isArray(value)) return 'it is a list';
  const members = Object.keys(value).slice(0, 8).join(', ');
  return members === '' ? 'it is an empty object' : `it is an object with ${members}`;
}

function readOne(value: JsonValue, fileName: string): Trace | string {
  if (isTauBench(value)) return traceOf('tau-bench', value, readTauBench(value));
  if (isSweAgent(value)) {
    const title = fileName.replace(/\.(traj|json)$/, '');
    return traceOf('swe-agent', value, readSweAgent(value, title));
  }
  return `neither tau-bench nor SWE-agent: ${describe(value)}; expected ${KNOWN_FORMATS}`;
}

function readList(list: readonly JsonValue[], fileName: string): FileReading {
  if (list.length === 0) return nothing('an empty list holds no run');
  const reading: FileReading = { traces: [], refused: [] };
  list.forEach((element, at) => {
    const read = readOne(element, fileName);
    if (typeof read !== 'string') reading.traces.push(read);
    else reading.refused.push({ where: `[${at}]`, why: read });
  });
  if (reading.traces.length > 0) return reading;
  return nothing(
    `neither tau-bench nor SWE-agent: a list of ${list.length}, where the first: ${describe(list[0] ?? null)}; expected ${KNOWN_FORMATS}`,
  );
}

function parse(text: string): JsonValue | Error {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/**
 * Reads the text of one file. The format is told from the content; `fileName` (without folders)
 * only names runs that have no name of their own. Pure, and throws nothing.
 */
export function readTraces(text: string, fileName: string): FileReading {
  const content = parse(text.replace(/^\uFEFF/, ''));
  if (content instanceof Error) return nothing(`not JSON: ${content.message}`);
  if (isTooDeep(content)) return nothing(`nested deeper than ${DEPTH_MAX} levels`);
  if (Array.isArray(content)) return readList(content, fileName);
  const read = readOne(content, fileName);
  return typeof read === 'string' ? nothing(read) : { traces: [read], refused: [] };
}
