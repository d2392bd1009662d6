import { encodeEnvelope } from '@refold/contracts';
import type { PublishOutcome } from '@refold/pipeline';
import { createLogger } from '@refold/service';
import { installationOf } from '@refold/serving';
import { describe, expect, it } from 'vitest';
import { republishLetter } from './republish-letter.js';

const { operations } = installationOf('letters', 1).projections;
const RECORD = {
  topic: 'letters.runs',
  partition: 0,
  key: 'r',
  value: encodeEnvelope({
    id: 'e',
    source: 's',
    type: 'run.started',
    subject: 'run/r',
    data: null,
  }),
};

/** What is told of a letter where the log answers so, and whether its next try is waited for. */
async function told(outcome: PublishOutcome): Promise<Record<string, unknown> | null> {
  const destination = { write: () => undefined };
  const logger = createLogger({ service: 'test', level: 'warn', destination });
  const ports = { operations, logger, publisher: { publish: async () => outcome } };
  const record = await republishLetter(ports, { operationId: 'o-1', partition: 0 }, RECORD);
  if (record === null) return null;
  return (JSON.parse(record.value) as { data: Record<string, unknown> }).data;
}

describe('a dead letter that is published again', () => {
  it('is told with its place', async () => {
    expect(await told({ kind: 'appended', offset: 7, timestamp: 1 })).toMatchObject({
      outcome: 'done',
      record: { topic: 'letters.runs', partition: 0, offset: 7, source: 's', id: 'e' },
    });
  });

  it('has failed where no try can store it', async () => {
    const refused = { kind: 'refused', reason: 'too_large', message: 'larger than 1 MiB' } as const;
    expect(await told(refused)).toMatchObject({ outcome: 'failed', error: 'larger than 1 MiB' });
  });

  it('is tried again where an earlier try may have stored it', async () => {
    expect(await told({ kind: 'unknown', message: 'no answer' })).toBeNull();
    for (const reason of ['unauthorized', 'unknown_topic'] as const) {
      expect(await told({ kind: 'refused', reason, message: 'not now' })).toBeNull();
    }
  });
});
