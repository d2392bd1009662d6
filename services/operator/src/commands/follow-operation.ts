import { setTimeout as sleep } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import type { OperationWithPlanReply } from '@refold/contracts';
import type { RefoldClient } from '@refold/client';
import { printable, type Terminal } from '../terminal.js';
import { partitionsText, secondsText } from './operation-text.js';

/** How often a running operation is looked at, milliseconds. */
const LOOK_MS = 500;

/** How often it is told where lines are not redrawn and no partition is finished meanwhile, milliseconds. */
const TELL_MS = 10_000;

const ENDS: ReadonlySet<string> = new Set(['done', 'failed', 'canceled']);

interface Shown {
  update(operation: OperationWithPlanReply): void;
  close(): void;
}

/** What is left, or why nothing is done. */
function leftText(progress: OperationWithPlanReply['progress']): string {
  const stuck = progress?.partitions.find(({ trouble }) => trouble !== null);
  if (stuck?.trouble != null) return `partition ${stuck.partition}: ${printable(stuck.trouble)}`;
  return `${secondsText(progress?.eta_seconds ?? null)} left`;
}

/** A bar where the line can be redrawn, else a line for every partition that is finished. */
function openShown(terminal: Terminal, total: number): Shown {
  if (terminal.interactive) {
    const bar = new SingleBar({
      format: '{status} [{bar}] {percentage} %, {partitions} partitions, {left}',
      barsize: 20,
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
    });
    bar.start(1, 0, { status: 'running', partitions: `0/${total}`, left: leftText(null) });
    return {
      update: (operation) =>
        bar.update(operation.progress?.done ?? 0, {
          status: operation.status,
          partitions: partitionsText(operation, '/'),
          left: leftText(operation.progress),
        }),
      close: () => bar.stop(),
    };
  }
  let told = 0;
  let toldAt = Date.now();
  return {
    update(operation) {
      const { finished_partitions: finished, result, progress } = operation;
      if (finished.length === told && Date.now() - toldAt < TELL_MS) return;
      told = finished.length;
      toldAt = Date.now();
      const share = Math.floor((progress?.done ?? 0) * 100);
      const left = progress === null ? '' : `, ${share} %, ${leftText(progress)}`;
      terminal.err(
        `${partitionsText(operation, '/')} partitions, ${result.records} records${left}\n`,
      );
    },
    close: () => undefined,
  };
}

/** Waits until an operation has ended, and shows how far it is. What ends the wait does not end the operation. */
export async function followOperation(
  client: RefoldClient,
  terminal: Terminal,
  begun: OperationWithPlanReply,
  signal: AbortSignal,
): Promise<OperationWithPlanReply> {
  const shown = openShown(terminal, begun.planned.partitions);
  const look = (options: { include?: 'differences' } = {}) =>
    client.getOperation(begun.operation_id, { signal, ...options });
  try {
    for (let now = begun; ;) {
      shown.update(now);
      if (ENDS.has(now.status)) return (await look({ include: 'differences' })).body;
      await sleep(LOOK_MS, undefined, { signal });
      now = (await look()).body;
    }
  } finally {
    shown.close();
  }
}
