/** One route of a server. */
export interface Route {
  method: string;
  /** As the router writes it: `/runs/:run_id`. */
  path: string;
}

/** Remembers the routes of a server, to tell a wrong method from a wrong path. */
export interface RouteBook {
  add(pattern: string, methods: readonly string[]): void;
  /** The methods that the path has, sorted; empty when no route has it. */
  allowed(path: string): string[];
  /** Every route, in the order it was added. */
  routes(): Route[];
}

const escape = (literal: string): string => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A route pattern (`/runs/:run_id/events`) as an expression over whole paths. */
function expressionOf(pattern: string): RegExp {
  const segments = pattern.split('/').map((segment) => {
    if (segment.startsWith(':')) return '[^/]+';
    return segment === '*' ? '.*' : escape(segment);
  });
  return new RegExp(`^${segments.join('/')}$`);
}

/** An empty book. Patterns may have `:name` segments and a `*` segment, nothing finer. */
export function createRouteBook(): RouteBook {
  const routes = new Map<string, { expression: RegExp; methods: Set<string> }>();
  return {
    add(pattern, methods) {
      const route = routes.get(pattern) ?? {
        expression: expressionOf(pattern),
        methods: new Set(),
      };
      for (const method of methods) route.methods.add(method);
      routes.set(pattern, route);
    },
    allowed(path) {
      const fitting = [...routes.values()].filter(({ expression }) => expression.test(path));
      return [...new Set(fitting.flatMap(({ methods }) => [...methods]))].sort();
    },
    routes: () =>
      [...routes].flatMap(([path, { methods }]) =>
        [...methods].map((method) => ({ method, path })),
      ),
  };
}
