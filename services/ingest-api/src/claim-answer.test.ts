import type { ProblemError } from '@refold/contracts';
import { expect, it } from 'vitest';
import { createClaimAnswer, type ClaimAnswerPorts } from './claim-answer.js';
import type { Command } from './command.js';

const PLACE = { partition: 0, offset: 7 };

const command = (principal: string, bound = true): Command => ({
  kind: 'run',
  streamId: 'r',
  type: 'my.event',
  data: null,
  eventId: 'e',
  key: null,
  principal,
  bound,
  expectedSeq: null,
  appendOnly: true,
  schemaVersion: null,
});

/** Answers where the run is that of `owner`; null: there is none, or its first claim is parked. */
const answers = (owner: string | null) => {
  const state =
    owner === null
      ? null
      : { owner: { tenant: null, principal: owner }, status: 'running', seq: 1 };
  const reader = {
    projection: { name: 'runs', topic: 't', partitions: 1, generation: 1 },
    document: async () => ({ document: { state } }),
  };
  const ports = { store: {}, readers: { run: reader }, trouble: () => undefined };
  return createClaimAnswer(ports as unknown as ClaimAnswerPorts);
};

it('a parked stream of somebody else is to a bound caller as one that there is not', async () => {
  const absent = answers(null).ofVerdict(command('stranger'), PLACE, {
    kind: 'rejected',
    code: 'not_found',
    detail: {},
    replayed: false,
  });
  const { code, occurrence } = await absent.then(
    () => expect.fail('it was answered'),
    (error: unknown) => error as ProblemError,
  );
  for (const owner of ['somebody', null]) {
    const parked = answers(owner).ofVerdict(command('stranger'), PLACE, {
      kind: 'parked',
      error: 'e',
    });
    await expect(parked).rejects.toMatchObject({ code, occurrence });
  }
});

it('a parked stream is told to its owner, and to whom nothing is hidden', async () => {
  for (const caller of [command('owner'), command('operator', false)]) {
    const parked = answers('owner').ofVerdict(caller, PLACE, { kind: 'parked', error: 'e' });
    await expect(parked).resolves.toMatchObject({ kind: 'parked' });
  }
});
