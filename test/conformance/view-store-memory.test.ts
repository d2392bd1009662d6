import { createMemoryViewStore, viewStoreConformance } from '@refold/test-kit';

viewStoreConformance('memory', async () => {
  const store = createMemoryViewStore();
  return {
    store,
    peer: store,
    interrupt: async () => store.interrupt(),
    close: () => store.close(),
  };
});
