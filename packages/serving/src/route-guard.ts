import { hasScope, isUnbound, outsideBinding, type Authenticator, type Caller } from '@refold/auth';
import { ProblemError, type Scope } from '@refold/contracts';
import type { HttpServer } from '@refold/service';
import type { FastifyRequest } from 'fastify';
import type { LoginLimit } from './login-limit.js';
import { routeAccess } from './route-access.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; null: authentication is off, or the route is public. Set before every other hook. */
    caller: Caller | null;
  }
}

/** What operators read tells of the whole installation, so of streams that a bound caller does not reach. */
function checkReach(caller: Caller, access: readonly Scope[]): void {
  if (access.includes('read') || access.includes('ingest') || isUnbound(caller)) return;
  throw outsideBinding(
    'installation_wide',
    'The credential is bound, and this tells of everybody.',
  );
}

/** Whether a caller may use the route of a request at all. @throws ProblemError insufficient_scope */
function checkScope(caller: Caller, { method, routeOptions }: FastifyRequest): void {
  const access = routeAccess(method, routeOptions.url);
  if (typeof access === 'string') return;
  if (access.some((scope) => hasScope(caller, scope))) return checkReach(caller, access);
  throw new ProblemError('insufficient_scope', {
    detail: `The route needs the scope ${access.join(' or ')}.`,
    extras: { reason_code: 'missing_scope', scope: access.join(' ') },
  });
}

/**
 * Authenticates every request of a server, those without a route too, before its body is read, sets
 * `request.caller` and checks the scope. Only public routes are let through without a credential.
 * @param authenticator Null: authentication is off, and every caller is null.
 * @param logins Bounds how often one address is answered 401; absent: it does not.
 */
export function guardRoutes(
  app: HttpServer,
  authenticator: Authenticator | null,
  logins?: LoginLimit,
): void {
  app.decorateRequest('caller', null);
  if (authenticator === null) return;

  const admit = (caller: Caller, request: FastifyRequest): void => {
    checkScope(caller, request);
    request.caller = caller;
  };

  const identify = (request: FastifyRequest): void | Promise<void> => {
    if (routeAccess(request.method, request.routeOptions.url) === 'public') return;
    const known = authenticator.authenticate(request.headers.authorization);
    if (known instanceof Promise) return known.then((caller) => admit(caller, request));
    admit(known, request);
  };

  const refusalOf = (error: unknown, { ip }: FastifyRequest): Error => {
    if (error instanceof ProblemError && error.code === 'unauthorized') {
      return logins?.fail(ip) ?? error;
    }
    return error instanceof Error ? error : new Error(String(error));
  };

  // In the callback form: a caller that is known costs no promise.
  app.addHook('onRequest', (request, _reply, done) => {
    try {
      const unknown = identify(request);
      if (unknown === undefined) done();
      else {
        unknown.then(
          () => done(),
          (error: unknown) => done(refusalOf(error, request)),
        );
      }
    } catch (error) {
      done(refusalOf(error, request));
    }
  });
}
