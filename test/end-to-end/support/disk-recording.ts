import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AckedWriter } from './acked-writer.js';
import { readTrace, TRACED_CALLS, type TracedCall } from './disk-trace.js';
import { startEmbedded } from './embedded-installation.js';
import { pidOf } from './log-lines.js';
import { until } from './until.js';

/** What a client was told: a place of the log, and, of a verdict, the event that is there. */
export interface Told {
  /** When its answer began to leave the process. */
  began: number;
  partition: number;
  next: number;
  event: { runId: string; seq: number } | null;
}

/** A process that worked on a folder and was killed, and every call by which it changed a file. */
export interface DiskRecording {
  /** The data file's path, its content before and after. */
  path: string;
  base: Buffer | null;
  final: Buffer;
  calls: TracedCall[];
  told: Told[];
  writer: AckedWriter;
  /** How many lines the trace has. */
  length: number;
  /** The lock file as the killed process left it. */
  lock: Buffer;
}

/** Longer than any write of one transaction; strace cuts what is longer, which would be an error below. */
const TEXT_MAX = 8_388_608;

const tracer = (output: string): string[] => [
  ...['strace', '-f', '--seccomp-bpf', '-y', '-xx', '-s', String(TEXT_MAX), '-o', output],
  ...['-e', `trace=${TRACED_CALLS.join()}`],
];

/** Reads an answer; null for what says nothing about the log. */
function toldIn(text: string, began: number): Told | null {
  const [, partition, next] = /^refold-position: (\d+):(\d+)\r$/m.exec(text) ?? [];
  if (!text.startsWith('HTTP/1.1 20') || partition === undefined || next === undefined) return null;
  const [, runId, seq] = /\{"run_id":"([^"]+)","seq":(\d+),"verdict":/.exec(text) ?? [];
  const event = runId === undefined ? null : { runId, seq: Number(seq) };
  return { began, partition: Number(partition), next: Number(next), event };
}

/**
 * Runs the standalone under `strace` on a folder, empty or as `start` has it, writes runs until
 * `acknowledgements` were told, reads them meanwhile, and kills it.
 */
export async function recordDisk(
  prefix: string,
  acknowledgements: number,
  start: string | null,
  nodeArguments: readonly string[] = [],
): Promise<DiskRecording> {
  const work = mkdtempSync(join(tmpdir(), 'refold-recording-'));
  const folder = join(work, 'data');
  const path = join(folder, 'data.mdb');
  const output = join(work, 'trace');
  if (start !== null) {
    mkdirSync(folder);
    copyFileSync(join(start, 'data.mdb'), path);
  }
  const base = existsSync(path) ? readFileSync(path) : null;
  const settings = { RUNTIME_EVENT_LOG_PATH: folder };
  const { service } = await startEmbedded({ settings, nodeArguments, wrapper: tracer(output) });
  try {
    const writer = new AckedWriter({
      url: () => service.url,
      eventsPerRun: 12,
      concurrency: 6,
      prefix,
      giveUpMs: 60_000,
      pauseMs: 0,
    });
    const enough = (): boolean => writer.acknowledged.length >= acknowledgements;
    const writing = writer.write(enough);
    for (let n = 0; !enough(); n++) {
      const runId = writer.runIds[n % Math.max(1, writer.runIds.length)] ?? prefix;
      await (await fetch(`${service.url}/internal/v1/runs/${runId}`)).arrayBuffer();
    }
    await writing;
    process.kill(pidOf(service), 'SIGKILL');
    await until(
      () => 'the end of strace',
      () => !service.alive,
    );
    const calls = await readTrace(output, folder);
    const told = calls.flatMap((call) =>
      call.kind === 'told' ? (toldIn(call.text, call.began) ?? []) : [],
    );
    const length = Math.max(...calls.map(({ began }) => began)) + 1;
    const lock = readFileSync(join(folder, 'lock.mdb'));
    return { path, base, final: readFileSync(path), calls, told, writer, length, lock };
  } finally {
    await service.stop();
    rmSync(work, { recursive: true, force: true });
  }
}
