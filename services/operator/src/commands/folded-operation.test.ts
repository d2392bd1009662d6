import { RefoldProblem, type RefoldClient, type Reply } from '@refold/client';
import type { OperationWithPlanReply } from '@refold/contracts';
import { expect, it } from 'vitest';
import type { CommandContext } from './context.js';
import { foldedOperation } from './folded-operation.js';

const OPERATION = { operation_id: 'op-1', status: 'planned' } as OperationWithPlanReply;

function contextOf() {
  const said: string[] = [];
  const terminal = { out: () => undefined, err: (text: string) => void said.push(text) };
  const { signal } = new AbortController();
  return { said, context: { terminal, signal } as unknown as CommandContext };
}

const recorded = {
  status: 202,
  position: '2:7',
  body: { verdict: 'pending' },
} as unknown as Reply<OperationWithPlanReply>;

it('an operation that is only recorded is waited for, at its position', async () => {
  const { said, context } = contextOf();
  const asked: unknown[] = [];
  const client = {
    getOperation: (id: string, { after }: { after?: string }) => {
      asked.push([id, after]);
      return asked.length === 1
        ? Promise.reject(new RefoldProblem(404, { code: 'not_found' }))
        : Promise.resolve({ status: 200, position: '2:7', body: OPERATION });
    },
  } as unknown as RefoldClient;
  expect(await foldedOperation(context, client, 'op-1', recorded)).toBe(OPERATION);
  expect(asked).toEqual([
    ['op-1', '2:7'],
    ['op-1', '2:7'],
  ]);
  expect(said.join('')).toContain('waits for a projector');
});

it('whatever else is wrong is told', async () => {
  const client = {
    getOperation: () => Promise.reject(new RefoldProblem(403, { code: 'insufficient_scope' })),
  } as unknown as RefoldClient;
  const { context } = contextOf();
  await expect(foldedOperation(context, client, 'op-1', recorded)).rejects.toMatchObject({
    status: 403,
  });
});
