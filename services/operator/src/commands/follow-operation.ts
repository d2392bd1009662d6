import { setTimeout as sleep } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import type { OperationWithPlanReply } from '@refold/contracts';
import type { RefoldClient } from '@refold/client';
import type { Terminal } from '../terminal.js';

/** How often a running operation is looked at, milliseconds. */
const LOOK_MS = 500;

const ENDS: ReadonlySet<string> = new Set(['done', 'failed', 'canceled']);

interface Shown {
  update(operation: OperationWithPlanReply): void;
  close(): void;
}

/** A bar where the line can be redrawn, else a line for every partition that is finished. */
function openShown(terminal: Terminal, total: number): Shown {
  if (terminal.interactive) {
    const bar = new SingleBar({
      format:
        '{status} [{bar}] {value}/{total} partitions, {records} records, {duration_formatted}',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
    });
    bar.start(total, 0, { status: 'running', records: 0 });
    return {
      update: ({ status, result, finished_partitions: finished }) =>
        bar.update(finished.length, { status, records: result.records }),
      close: () => bar.stop(),
    };
  }
  let told = 0;
  return {
    update({ finished_partitions: finished, result }) {
      if (finished.length === told) return;
      told = finished.length;
      terminal.err(`${told}/${total} partitions, ${result.records} records\n`);
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
  try {
    for (let now = begun; ;) {
      shown.update(now);
      if (ENDS.has(now.status)) return now;
      await sleep(LOOK_MS, undefined, { signal });
      now = (await client.getOperation(begun.operation_id, { signal })).body;
    }
  } finally {
    shown.close();
  }
}
