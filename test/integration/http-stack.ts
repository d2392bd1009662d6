import { randomUUID } from 'node:crypto';
import type { Authenticator } from '@refold/auth';
import type {
  BatchReply,
  DriftReply,
  EventReply,
  FieldProblem,
  ProjectorsReply,
  RunReply,
  WorkerSnapshot,
} from '@refold/contracts';
import { RULEBOOK, type Rulebook } from '@refold/domain';
import type { BreakerLimits, EventLog, ViewStore } from '@refold/pipeline';
import { createHealth, createLogger, createMetrics, type Metrics } from '@refold/service';
import { installationOf, machineTiming, type Installation } from '@refold/serving';
import { createRedactionPolicy, type RedactionPolicy } from '@refold/redaction';
import { createRefold, type Refold } from '@refold/standalone';
import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { replyCheck } from './reply-check.js';

/** The two backends of one stack, and how to end them. */
export interface StackPorts {
  log: EventLog;
  store: ViewStore;
  close(): Promise<void>;
}

/** A whole Refold that is asked without a socket. Every reply is judged by the API's description. */
export interface HttpStack extends StackPorts {
  refold: Refold;
  metrics: Metrics;
  installation: Installation;
  /** POSTs JSON. */
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** Any request; `payload` goes out as it stands. */
  send(request: RawRequest): Promise<Answer>;
}

export interface RawRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'OPTIONS';
  path: string;
  payload?: string | Buffer;
  headers?: Record<string, string>;
}

/** The members that any reply may have; a test looks at those that its own reply must have. */
export interface ReplyBody {
  run: RunReply & { events: EventReply[]; events_next_cursor: string | null };
  runs: RunReply[];
  events: EventReply[];
  worker: WorkerSnapshot;
  workers: WorkerSnapshot[];
  results: BatchReply['results'];
  projectors: ProjectorsReply['projectors'];
  errors: FieldProblem[];
  run_id: string;
  event_id: string;
  event_type: string;
  frame_id: string;
  request_id: string;
  drift: DriftReply['drift'];
  seq: number;
  position: string;
  receipt: string;
  verdict: string;
  state: string;
  code: string;
  detail: string;
  trajectory_hash: string;
  next_cursor: string | null;
  recorded_at: string;
}

/** A reply: `body` is its JSON, or undefined where it is none. */
export interface Answer {
  status: number;
  headers: Readonly<Record<string, unknown>>;
  text: string;
  body: ReplyBody;
}

/** Opens the ports of a stack. */
export type OpenPorts = () => Promise<StackPorts>;

/** Ports in memory. */
export const openMemoryPorts: OpenPorts = async () => {
  const log = createMemoryEventLog({ clock: Date.now });
  const store = createMemoryViewStore();
  return {
    log,
    store,
    async close() {
      await log.close();
      await store.close();
    },
  };
};

const parsed = (text: string, contentType: unknown): ReplyBody =>
  (String(contentType).includes('json') && !String(contentType).includes('ndjson')
    ? JSON.parse(text)
    : undefined) as ReplyBody;

/** Topics and keys that no other test has. */
export const newInstallation = (partitions: number): Installation =>
  installationOf(`http-${randomUUID()}`, partitions);

/** What a stack is built from, where it is not what is shipped, or not on topics of its own. */
export interface StackBuild {
  rulebook?: Rulebook;
  installation?: Installation;
  breaker?: BreakerLimits;
}

/** A started Refold over the ports, with topics and keys of its own. */
export async function openStack(
  open: OpenPorts,
  partitions = 4,
  authenticator: Authenticator | null = null,
  redaction: RedactionPolicy = createRedactionPolicy(),
  { rulebook = RULEBOOK, installation = newInstallation(partitions), breaker }: StackBuild = {},
): Promise<HttpStack> {
  const ports = await open();
  await ports.log.ensureTopics(installation.specs);
  const metrics = createMetrics('test');
  const refold = createRefold({
    ...ports,
    timing: machineTiming,
    rulebook,
    installation,
    logger: createLogger({ service: 'test', level: 'silent' }),
    metrics,
    health: createHealth({ service: 'test', buildSha: 'test' }),
    authenticator,
    alone: true,
    waitMs: 20_000,
    waitingMax: 10_000,
    redaction,
    ...(breaker === undefined ? {} : { breaker }),
  });
  await refold.startTaking();
  await refold.start();
  await refold.app.ready();

  const check = replyCheck(authenticator !== null);

  const send = async ({ method, path, payload, headers }: RawRequest): Promise<Answer> => {
    const reply = await refold.app.inject({
      method,
      url: path,
      headers: headers ?? {},
      ...(payload === undefined ? {} : { payload }),
    });
    const { statusCode: status, body: text } = reply;
    const requestType = headers?.['content-type'];
    check({ method, path, payload, requestType, status, headers: reply.headers, text });
    return {
      status,
      headers: reply.headers,
      text,
      body: parsed(text, reply.headers['content-type']),
    };
  };

  return {
    ...ports,
    refold,
    metrics,
    installation,
    send,
    get: (path, headers) =>
      send({ method: 'GET', path: `/internal/v1${path}`, headers: headers ?? {} }),
    post: (path, body, headers) =>
      send({
        method: 'POST',
        path: `/internal/v1${path}`,
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
      }),
    async close() {
      await refold.app.close();
      await refold.stop();
      await ports.close();
    },
  };
}
