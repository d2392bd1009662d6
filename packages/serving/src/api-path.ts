import { STREAM_ID_PATTERN, type StreamKind } from '@refold/contracts';
import { invalidRequest } from './checked.js';

export { API_ROOT } from '@refold/contracts';

/** How paths and replies call the ID of a stream. */
export const ID_MEMBER = {
  run: 'run_id',
  worker: 'worker_id',
  operation: 'operation_id',
} as const satisfies Record<StreamKind, string>;

/** The stream that a path names, from its parameters. @throws ProblemError */
export function pathStreamId(kind: StreamKind, params: unknown): string {
  const name = ID_MEMBER[kind];
  const id = (params as Record<string, string | undefined>)[name] ?? '';
  if (STREAM_ID_PATTERN.test(id)) return id;
  const expected = '1-128 characters of A-Z a-z 0-9 . _ : -';
  throw invalidRequest([{ field: name, expected }]);
}
