import type { RefoldResult } from '@refold/pipeline';
import { expect, it, vi } from 'vitest';
import { onPartition, openFollowed, resultOf } from './followed.fixture.js';

const WAIT = { timeout: 20_000, interval: 10 };

/** A result with a list that is longer than what it says besides. */
const longResult = (operation: string): RefoldResult => ({
  ...resultOf(operation, 0, 'failed'),
  ...{ differing: 300, drift: { gap: 300 }, error: 'x'.repeat(3_000) },
  differences: Array.from({ length: 300 }, (_, n) => ({
    ...{ stream: `run/${n}`, kind: 'gap' as const, field: '/timeline/1' },
    ...{ stored: null, expected: '1' },
  })),
});

/** Operations whose topic takes only records of so many characters. */
async function limited(most: number) {
  const world = await openFollowed();
  const { publisher, timing } = world.ports;
  let ms = 0;
  const refused: string[] = [];
  const followed = await world.follow({
    timing: { ...timing, now: () => ms },
    publisher: {
      async publish(record) {
        if (record.value.length <= most) return publisher.publish(record);
        refused.push(record.value);
        return { kind: 'refused', reason: 'too_large', message: 'too large' };
      },
    },
  });
  const id = onPartition(0, 'o');
  world.plan(id, 'verify', 'runs');
  world.start(id);
  await world.fold();
  /** The owner tells again, as it does at every look. */
  const tell = (): void => {
    ms += 60_000;
    followed.refolded(longResult(id));
  };
  return { ...world, id, tell, refused };
}

it('a result that the topic does not take is told without its list, and says what is left out', async () => {
  const { id, tell, refused, published, stateOf, lines } = await limited(4_000);
  tell();
  await vi.waitFor(() => expect(published).toHaveLength(1), WAIT);
  expect(refused).toHaveLength(1);
  const { data } = JSON.parse(published[0]?.value ?? '') as { data: Record<string, unknown> };
  expect(data).toMatchObject({ differing: 300, drift: { gap: 300 }, outcome: 'failed' });
  expect(data).not.toHaveProperty('differences');
  expect(data['error']).toBe(`${'x'.repeat(200)}… (cut: it has 3000 characters)`);
  await vi.waitFor(async () => expect((await stateOf(id)).status).toBe('failed'), WAIT);
  expect(lines.map(({ msg }) => msg)).toContain(
    'the topic takes no record as large as a result: it is told cut',
  );
});

it('what is too large even then is said once, and not tried for ever', async () => {
  const { tell, refused, published, lines } = await limited(100);
  for (let n = 0; n < 5; n++) {
    tell();
    await vi.waitFor(() => expect(refused.length).toBeGreaterThanOrEqual(2), WAIT);
  }
  expect([refused.length, published.length]).toEqual([2, 0]);
  const errors = lines.filter(({ level }) => level === 50 || level === 'error');
  expect(errors.map(({ msg }) => msg)).toEqual([
    'an operation cannot be told of: raise max.message.bytes of its topic, and restart',
  ]);
});
