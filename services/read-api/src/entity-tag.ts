import type { FoundStream } from './stream-read.js';

/** Changes with every event, and when the stream is parked or a view of it stands still. */
export function entityTag({ state, document }: FoundStream): string {
  const halted = document.parked !== null || document.viewFaults.length > 0;
  return `W/"${state.seq}-${state.chain}${halted ? '-parked' : ''}"`;
}
