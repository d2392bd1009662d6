import type { ProblemCode } from '../problems.js';
import { descriptionReads } from './description-reads.js';
import type { Operation } from './operation.js';
import { operatorReads } from './operator-reads.js';
import { operatorWrites } from './operator-writes.js';
import { probeReads } from './probe-reads.js';
import { projectorReads } from './projector-reads.js';
import { receiptReads } from './receipt-reads.js';
import { runReads } from './run-reads.js';
import { runWrites } from './run-writes.js';
import { workerReads } from './worker-reads.js';
import { workerWrites } from './worker-writes.js';

/**
 * THE table of operations: nothing is served that has no row here, and nothing has a row that is not
 * served. A test compares it with the routes of the real servers.
 */
export const OPERATIONS: readonly Operation[] = [
  ...runWrites,
  ...runReads,
  ...workerWrites,
  ...workerReads,
  ...receiptReads,
  ...projectorReads,
  ...operatorWrites,
  ...operatorReads,
  ...descriptionReads,
  ...probeReads,
];

/** What any request may be refused with, before its route sees it. */
const EVERYWHERE = [
  'invalid_request',
  'request_timeout',
  'uri_too_long',
  'expectation_failed',
  'headers_too_large',
  'internal',
  'http_version_not_supported',
] as const satisfies readonly ProblemCode[];

/** What a caller that has to say who it is may be refused with. */
const GUARDED = [
  'unauthorized',
  'insufficient_scope',
  'outside_binding',
  'auth_unavailable',
] as const satisfies readonly ProblemCode[];

/**
 * Every code an operation may be refused with.
 * @param authentication False: no caller has to say who it is.
 */
export const problemsOf = (
  { scopes, problems }: Operation,
  authentication = true,
): readonly ProblemCode[] => {
  const guarded = authentication && scopes.length > 0 ? GUARDED : [];
  return [...new Set([...EVERYWHERE, ...guarded, ...problems])];
};

/** A path as the router writes it: `/runs/{run_id}` is `/runs/:run_id` there. */
export const routePathOf = ({ path }: Operation): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

const byRoute: ReadonlyMap<string, Operation> = new Map(
  OPERATIONS.map((operation) => [`${operation.method} ${routePathOf(operation)}`, operation]),
);

/**
 * The row of a route; undefined where it has none.
 * @param routePath As the router writes it. HEAD has the row of GET.
 */
export const operationOfRoute = (method: string, routePath: string): Operation | undefined =>
  byRoute.get(`${method === 'HEAD' ? 'GET' : method} ${routePath}`);
