/** An answer of the server; `body` is its JSON. */
export interface ApiAnswer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

const ASK_BOUND_MS = 30_000;

/** Asks for JSON below the API's root. */
export async function ask<Body>(
  url: string,
  path: string,
  request: RequestInit = {},
): Promise<ApiAnswer<Body>> {
  const signal = AbortSignal.timeout(ASK_BOUND_MS);
  const reply = await fetch(`${url}/internal/v1${path}`, { signal, ...request });
  return { status: reply.status, headers: reply.headers, body: (await reply.json()) as Body };
}

/** Asks for JSON that must be there. @throws Error for every status but 200 */
export async function read<Body>(url: string, path: string): Promise<ApiAnswer<Body>> {
  const answer = await ask<Body>(url, path);
  if (answer.status === 200) return answer;
  throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

/** Posts JSON below the API's root. */
export const post = <Body>(
  url: string,
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<ApiAnswer<Body>> =>
  ask(url, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** What `/readyz` says. */
export interface Readiness {
  status: 'ready' | 'not_ready';
  reasons?: Record<string, string>;
}

/** Readiness, or null while nobody listens. */
export async function readiness(url: string): Promise<Readiness | null> {
  try {
    const reply = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) });
    return (await reply.json()) as Readiness;
  } catch {
    return null;
  }
}

/** The members of a problem document that callers branch on. */
export interface ProblemBody {
  status: number;
  code: string;
  detail: string;
  event_id?: string;
  /** With `plan_refused`. */
  refusals?: { reason: string }[];
}
