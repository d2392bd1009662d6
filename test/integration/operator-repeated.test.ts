import type { ExplanationReply } from '@refold/contracts';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openMemoryPorts } from './http-stack.js';
import {
  ANN,
  openOperators,
  PARTITIONS,
  type OperatorAnswer,
  type OperatorWorld,
} from './operator-fixture.js';
import { idOn } from './operator-plans.js';

const ASKED = {
  verb: 'rewind',
  projection: 'runs',
  arguments: { target: 'to-earliest' },
  idempotency_key: 'again',
};

const ASYNC = { prefer: 'respond-async' };

async function opened(): Promise<OperatorWorld> {
  const world = await openOperators(openMemoryPorts);
  onTestFinished(() => world.close());
  await world.foldRuns();
  await world.ask(ANN, '/runs', { run_id: idOn(0, PARTITIONS) });
  return world;
}

/** What is planned anew now is another plan. */
const change = (world: OperatorWorld) => world.ask(ANN, '/runs', { run_id: idOn(1, PARTITIONS) });

/** What was judged of the records at some positions of an operation, once they are folded. */
const verdictsAt = (
  world: OperatorWorld,
  id: string,
  replies: readonly OperatorAnswer[],
): Promise<(string | undefined)[]> =>
  vi.waitFor(
    async () => {
      const path = `/explanations?subject=operation/${id}&limit=100`;
      const { body } = await world.ask(ANN, path, undefined, 'GET');
      const { records, partition } = body as unknown as ExplanationReply;
      const verdicts = new Map(
        records.map(({ offset, verdict }) => [`${partition}:${offset + 1}`, verdict]),
      );
      const told = replies.map((reply) => verdicts.get(reply.body.position));
      expect(told).not.toContain(undefined);
      return told;
    },
    { timeout: 30_000, interval: 50 },
  );

it('a plan that is repeated before it was folded is answered as the first one', async () => {
  const world = await opened();
  const release = await world.holdOperations();
  const first = await world.ask(ANN, '/operations', ASKED, 'POST', ASYNC);
  await change(world);
  const again = await world.ask(ANN, '/operations', ASKED, 'POST', ASYNC);
  const id = first.body.operation_id;
  expect([first.status, again.status, again.body.operation_id]).toEqual([202, 202, id]);
  const waiting = world.ask(ANN, '/operations', ASKED);
  await release();
  const { status, body } = await waiting;
  expect([status, body.operation_id, body.status]).toEqual([201, id, 'planned']);
  expect(await verdictsAt(world, id, [first, again])).toEqual(['accepted', 'duplicate']);
});

it('another plan under a key that is not folded is a conflict', async () => {
  const world = await opened();
  const release = await world.holdOperations();
  await world.ask(ANN, '/operations', ASKED, 'POST', ASYNC);
  const other = { ...ASKED, arguments: { target: 'to-offset', offset: 0 } };
  const waiting = world.ask(ANN, '/operations', other);
  await release();
  const { status, body } = await waiting;
  expect([status, body.code]).toEqual([409, 'idempotency_conflict']);
});

it.each([['wait=20'], ['respond-async']])(
  'of plans that are asked for at the same moment with %s none is a conflict',
  async (prefer) => {
    const world = await opened();
    const release = prefer === ASYNC.prefer ? await world.holdOperations() : null;
    // Of a sample every plan is another one: each has a seed of its own.
    const sampled = { ...ASKED, verb: 'verify', sample: 0.5 };
    const asked = Array.from({ length: 8 }, () =>
      world.ask(ANN, '/operations', sampled, 'POST', { prefer }),
    );
    const replies = await Promise.all(asked);
    await release?.();
    const ids = new Set(replies.map(({ body }) => body.operation_id));
    expect(replies.map(({ status }) => status)).toEqual(Array(8).fill(release ? 202 : 201));
    expect(ids.size).toBe(1);
    const [id = ''] = ids;
    if (release !== null) {
      expect(await verdictsAt(world, id, replies)).not.toContain('rejected');
    }
    const { status } = await world.ask(ANN, '/operations', sampled);
    expect(status).toBe(201);
  },
);
