import type { DriftReply, ProjectorsReply } from '@refold/contracts';
import { ownerQuery, pathTo, read, type ReadOptions } from './calls.js';
import { deadLetterCalls, type DeadLetterCalls } from './dead-letters.js';
import { parkedCalls, type ParkedCalls } from './parked.js';
import { explanationCalls, type ExplanationCalls } from './explanations.js';
import { operationCalls, type OperationCalls } from './operations.js';
import type { RedactionPolicy } from '@refold/redaction';
import { receiptCalls, type ReceiptCalls } from './receipts.js';
import { redactedCalls } from './redacted-calls.js';
import { DEFAULT_RETRY, systemRetryTools, type RetryPolicy, type RetryTools } from './retry.js';
import { runCalls, type RunCalls } from './runs.js';
import { createTransport, type CallOptions, type Reply, type Token } from './transport.js';
import type { Owner } from './wire.js';
import { workerCalls, type WorkerCalls } from './workers.js';

/** What a client is made of. */
export interface RefoldClientOptions {
  /** Where the server is: `http://127.0.0.1:4100`. A path is kept, so a proxy may add one. */
  url: string;
  /** The platform's `fetch` when absent, which keeps connections alive. */
  fetch?: typeof fetch;
  /** Sent with every call. */
  headers?: Readonly<Record<string, string>>;
  /**
   * A bearer token or an API key, or where to get one: asked before every try, so that a token may be renewed, or
   * be good for one request.
   */
  token?: Token;
  retry?: Readonly<RetryPolicy>;
  /** Longest wait for one reply, in milliseconds; 60 s when absent. */
  replyMsMax?: number;
  /**
   * Takes secrets and personal data out of what is sent, before it is: for data that may not leave
   * here. Absent: nothing is changed here, the server does it by its own policy.
   */
  redact?: RedactionPolicy;
  /** Clock, timer and chance of retries; the platform's when absent. */
  tools?: RetryTools;
}

/** A probe's answer; `ok` is false when it answered 503. */
export interface Probe {
  ok: boolean;
  body: Record<string, unknown>;
}

/** Everything a Refold server answers. Safe to share; it holds no connection of its own. */
export interface RefoldClient
  extends
    RunCalls,
    WorkerCalls,
    ReceiptCalls,
    DeadLetterCalls,
    ParkedCalls,
    OperationCalls,
    ExplanationCalls {
  /** Per projection and partition: checkpoint, end of the log, lag. */
  getProjectors(options?: ReadOptions): Promise<Reply<ProjectorsReply>>;
  /**
   * Where a read model stands still; not found while it follows the log. Of a worker: for its owner.
   * @param topic `run:<run_id>:events`, `worker:<worker_id>:lifecycle` or `operation:<operation_id>:lifecycle`.
   */
  getDrift(topic: string, owner?: Owner, options?: ReadOptions): Promise<Reply<DriftReply>>;
  /** Is the process alive. */
  health(options?: CallOptions): Promise<Probe>;
  /** Can it work now, and if not, why. */
  readiness(options?: CallOptions): Promise<Probe>;
}

const REPLY_MS_MAX = 60_000;

/** A client of one server. Nothing is called until a method is. Throws on a URL that is none. */
export function createRefoldClient(options: RefoldClientOptions): RefoldClient {
  if (!/^https?:\/\//.test(options.url) || !URL.canParse(options.url)) {
    throw new TypeError(`expected a URL such as http://127.0.0.1:4100, got ${options.url}`);
  }
  const tools = options.tools ?? systemRetryTools;
  const transport = createTransport({
    url: options.url,
    fetch: options.fetch ?? globalThis.fetch,
    headers: options.headers ?? {},
    token: options.token,
    retry: options.retry ?? DEFAULT_RETRY,
    tools,
    replyMsMax: options.replyMsMax ?? REPLY_MS_MAX,
  });

  const probe = async (path: string, { signal }: CallOptions): Promise<Probe> => {
    const call = { method: 'GET', path, signal, answers: [503] } as const;
    const { status, body } = await transport.json<Record<string, unknown>>(call);
    return { ok: status === 200, body };
  };

  const client: RefoldClient = {
    ...runCalls(transport),
    ...workerCalls(transport, tools),
    ...receiptCalls(transport, tools),
    ...deadLetterCalls(transport),
    ...parkedCalls(transport),
    ...operationCalls(transport),
    ...explanationCalls(transport),
    getProjectors: (readOptions = {}) => transport.json(read(pathTo('projectors'), readOptions)),
    getDrift: (topic, owner = {}, readOptions = {}) =>
      transport.json(
        read(pathTo('projectors', 'drift'), readOptions, { topic, ...ownerQuery(owner) }),
      ),
    health: (callOptions = {}) => probe('/healthz', callOptions),
    readiness: (callOptions = {}) => probe('/readyz', callOptions),
  };
  return options.redact === undefined ? client : redactedCalls(client, options.redact);
}
