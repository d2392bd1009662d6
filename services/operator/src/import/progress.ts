import { SingleBar } from 'cli-progress';
import type { Terminal } from '../terminal.js';
import type { Progress } from './import-traces.js';
import { totalOf, type TraceResult } from './tally.js';

/** Progress that somebody opened and has to close. */
export interface OpenProgress extends Progress {
  close(): void;
}

const line = ({ run_id: id, title, tally, failure }: TraceResult): string =>
  failure === null
    ? `${id}  ${totalOf(tally.events)} events, ${tally.events.new} new  ${title}\n`
    : `${id}  failed: ${failure}  ${title}\n`;

function openBar(): OpenProgress {
  let total = 0;
  let runs = 0;
  const bar = new SingleBar({
    format: 'Importing [{bar}] {value}/{total} events, {runs} runs, {duration_formatted}',
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    etaBuffer: 100,
  });
  bar.start(0, 0, { runs });
  return {
    found(events) {
      total += events;
      bar.setTotal(total);
    },
    sent: (events) => bar.increment(events, { runs }),
    done: () => bar.update({ runs: ++runs }),
    close: () => bar.stop(),
  };
}

/**
 * Tells a person how an import goes: a bar where the line can be redrawn, else one line per run.
 * With `quiet` only the bar is shown, so that the standard output stays a program's.
 */
export function openProgress(terminal: Terminal, quiet: boolean): OpenProgress {
  if (terminal.interactive) return openBar();
  const nothing = (): void => undefined;
  return {
    found: nothing,
    sent: nothing,
    done: (result) => (quiet ? undefined : terminal.err(line(result))),
    close: nothing,
  };
}
