import { randomUUID } from 'node:crypto';
import { noWrites, type Slot, type ViewStore, type Writes } from '@refold/pipeline';

/** A store under test, opened once for a whole suite. */
export interface ViewStoreUnderTest {
  store: ViewStore;
  /** A second handle on the same data, as another process would hold it; may be the same object. */
  peer: ViewStore;
  /**
   * Breaks the connection that `store` listens on, which it must survive. Null where there is no
   * connection that could break.
   */
  interrupt: (() => Promise<void>) | null;
  /** Closes both handles and what is behind them. */
  close(): Promise<void>;
}

export type MakeViewStore = () => Promise<ViewStoreUnderTest>;

/** Where the tests of one section find the store; only valid inside a test. */
export type Subject = () => ViewStoreUnderTest;

/** A slot that nothing else uses, on a shared server too. */
export const freshSlot = (): Slot => ({
  projection: `conformance-${randomUUID()}`,
  generation: 1,
  partition: 0,
});

/** Writes with the given members, the others empty. */
export const writesOf = (some: Partial<Writes>): Writes => ({ ...noWrites(), ...some });

/** Asks until the answer is true; fails after ten seconds with the given words. */
export async function until(what: string, ask: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error(`waited 10 s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
