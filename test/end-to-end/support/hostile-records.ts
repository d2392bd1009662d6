import {
  encodeEnvelope,
  partitionOf,
  type DeadLetterListReply,
  type EnvelopeFields,
} from '@refold/contracts';
import { expect } from 'vitest';
import { read } from './api.js';
import { PARTITIONS } from './installation.js';

/** A dead letter as the API lists it. */
export type Letter = DeadLetterListReply['dead_letters'][number];

/** The partition of a run's key. */
export const homeOf = (runId: string): number => partitionOf(runId, PARTITIONS);

/** The value of a record of a run. */
export const value = (runId: string, fields: Partial<EnvelopeFields> = {}): string =>
  encodeEnvelope({
    id: 'e-1',
    source: '/test/hostile',
    type: 'run.started',
    subject: `run/${runId}`,
    data: null,
    ...fields,
  });

/** The whole list, page by page. */
export async function lettersOf(url: string, query = ''): Promise<Letter[]> {
  const letters: Letter[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const path: string = `/dead-letters?projection=runs&limit=3${query}${from}`;
    const { body } = await read<DeadLetterListReply>(url, path);
    expect(body.dead_letters.length).toBeLessThanOrEqual(3);
    letters.push(...body.dead_letters);
    cursor = body.next_cursor;
  }
  return letters;
}
