import { afterAll, beforeAll, describe } from 'vitest';
import { commitSection } from './view-store-commit.js';
import type { MakeViewStore, ViewStoreUnderTest } from './view-store-harness.js';
import { listenSection } from './view-store-listen.js';
import { raceSection } from './view-store-race.js';
import { readSection } from './view-store-read.js';
import { writeSection } from './view-store-write.js';

export { dumpSlot, SlotCatalogue } from './view-store-dump.js';
export { writersRace } from './view-store-race.js';
export { freshSlot, writesOf } from './view-store-harness.js';
export type { MakeViewStore, ViewStoreUnderTest } from './view-store-harness.js';

/**
 * What every view store must do, stated once. Call it in a test file of the adapter; `make` is called
 * once, its store is shared by all tests and each test has slots of its own.
 */
export function viewStoreConformance(name: string, make: MakeViewStore): void {
  describe(`view store: ${name}`, () => {
    let opened: ViewStoreUnderTest | undefined;
    beforeAll(async () => {
      opened = await make();
    });
    afterAll(async () => {
      await opened?.close();
    });
    const subject = (): ViewStoreUnderTest => {
      if (opened === undefined) throw new Error('the store is only there inside a test');
      return opened;
    };
    commitSection(subject);
    writeSection(subject);
    readSection(subject);
    raceSection(subject);
    listenSection(subject);
  });
}
