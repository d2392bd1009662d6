import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '@refold/embedded';
import { openRedisStore } from '@refold/redis';
import { createMemoryOneTimeUses, describeWithRedis, oneTimeUsesSuite } from '@refold/test-kit';
import { afterAll, describe, expect, it } from 'vitest';

const silent = (): void => undefined;

describe('one-time uses in memory', () => {
  oneTimeUsesSuite(async () => {
    const uses = createMemoryOneTimeUses(Date.now);
    return { instances: [uses, uses], close: async () => undefined };
  });
});

describe('one-time uses of the embedded folder', () => {
  const folders: string[] = [];
  afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));
  const newFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'refold-uses-'));
    folders.push(folder);
    return folder;
  };

  oneTimeUsesSuite(async () => {
    const embedded = await openEmbedded({ folder: newFolder(), clock: Date.now });
    const { uses } = embedded;
    return { instances: [uses, uses], close: () => embedded.close() };
  });

  it('outlast a restart', async () => {
    const folder = newFolder();
    const first = await openEmbedded({ folder, clock: Date.now });
    expect(await first.uses.use('id', Date.now() + 60_000)).toBe(true);
    await first.close();
    const second = await openEmbedded({ folder, clock: Date.now });
    expect(await second.uses.use('id', Date.now() + 60_000)).toBe(false);
    await second.close();
    await expect(second.uses.use('other', Date.now() + 60_000)).rejects.toThrow('closed');
  });
});

describeWithRedis('one-time uses on Redis', (redis) => {
  const open = (namespace: string) =>
    openRedisStore({ url: redis().url, namespace, logger: silent });

  oneTimeUsesSuite(async () => {
    const namespace = `uses-${randomUUID()}`;
    const [one, other] = await Promise.all([open(namespace), open(namespace)]);
    return {
      instances: [one, other],
      async close() {
        await Promise.all([one.close(), other.close()]);
      },
    };
  });

  it('reject, and let nobody through, once there is no connection', async () => {
    const store = await open(`uses-${randomUUID()}`);
    await store.close();
    await expect(store.use('id', Date.now() + 60_000)).rejects.toThrow('the store is closed');
  });
});
