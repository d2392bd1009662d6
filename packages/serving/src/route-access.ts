import { operationOfRoute, type Scope } from '@refold/contracts';

/**
 * What a route asks of its caller: one of some scopes, nothing but a valid credential, or not even
 * that.
 */
export type RouteAccess = readonly Scope[] | 'anybody' | 'public';

/** A route that has no row in the table of operations is not meant to be there. */
const UNDESCRIBED: readonly Scope[] = ['admin'];

/**
 * What a route asks, as the table of operations has it. @param pattern As the router writes it; undefined: no
 * route fits, which whoever has a valid credential may learn.
 */
export function routeAccess(method: string, pattern: string | undefined): RouteAccess {
  if (pattern === undefined) return 'anybody';
  const scopes = operationOfRoute(method, pattern)?.scopes ?? UNDESCRIBED;
  return scopes.length === 0 ? 'public' : scopes;
}
