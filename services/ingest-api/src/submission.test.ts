import { expect, it, vi } from 'vitest';
import type { Command } from './command.js';
import { createSubmission, type SubmissionPorts } from './submission.js';
import type { Wish } from './wish.js';

const WISH: Wish = { waitMs: 0, applied: null, traceparent: undefined };
const KIB = 1_024;

const command = (n: number, bytes: number): Command => ({
  kind: 'run',
  streamId: 'r',
  type: 'my.event',
  data: { text: 'x'.repeat(bytes) },
  eventId: `e${n}`,
  key: null,
  principal: null,
  bound: false,
  expectedSeq: null,
  appendOnly: true,
  schemaVersion: null,
});

/** A door that counts what it does, in order. */
function openDoor() {
  const did: string[] = [];
  const redact = vi.fn((one: Command) => {
    did.push(one.eventId);
    return one;
  });
  const publishAll = vi.fn((records: readonly object[]) => {
    did.push(`published ${records.length}`);
    return records.map((_, offset) => Promise.resolve({ kind: 'appended', offset, timestamp: 1 }));
  });
  const ports = {
    publisher: { publishAll },
    desk: { instance: 'i' },
    readers: { run: { projection: { topic: 't', partitions: 8, generation: 1, name: 'runs' } } },
    gate: { hold: () => null, suspect: () => undefined },
    timing: {
      now: () => 0,
      after: () => () => undefined,
      tick: async () => void did.push('turn'),
    },
    meter: { published: () => undefined },
    redact,
    eventBytesMax: 256 * KIB,
  } as unknown as SubmissionPorts;
  return { submission: createSubmission(ports), did, redact };
}

it('leaves others a turn every 128 KiB of a batch, and publishes it all at once', async () => {
  const { submission, did } = openDoor();
  function* commands() {
    for (let n = 0; n < 64; n++) {
      did.push(`made e${n}`);
      yield command(n, 32 * KIB);
    }
  }
  const submitted = await submission.submitAll(commands(), WISH);
  await Promise.allSettled(submitted);
  expect(did.at(-1)).toBe('published 64');
  const turns = did.join(' ').split(' turn ');
  expect(turns.length).toBeGreaterThanOrEqual(16);
  for (const turn of turns) expect(turn.match(/made/g)?.length ?? 0).toBeLessThanOrEqual(4);
});

it('leaves others a turn behind what it refuses for its size, and does not search that', async () => {
  const { submission, did, redact } = openDoor();
  const commands = [command(0, 300 * KIB), command(1, 300 * KIB), command(2, 1)];
  const submitted = await submission.submitAll(commands, WISH);
  const settled = await Promise.allSettled(submitted);
  expect(settled.map((one) => one.status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  expect(settled[0]).toMatchObject({ reason: { code: 'payload_too_large' } });
  expect(redact.mock.calls.map(([{ eventId }]) => eventId)).toEqual(['e2']);
  expect(did).toEqual(['turn', 'turn', 'e2', 'published 1']);
});
