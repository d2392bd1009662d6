import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationWithPlanReply } from '@refold/contracts';
import { ask, post, type ApiAnswer, type ProblemBody } from './api.js';

/** What an operator asks for. */
export interface AskedOperation {
  verb: 'rewind' | 'verify' | 'repair';
  arguments: object;
  partitions?: readonly number[];
  share?: number;
}

type Answer = ApiAnswer<OperationWithPlanReply & Partial<Pick<ProblemBody, 'code'>>>;

const ENDS: ReadonlySet<string> = new Set(['done', 'failed', 'canceled']);
const LOOK_MS = 200;

/** An operator who insists: what was not answered, or not now, is asked for again under the same key. */
export class Operators {
  readonly #url: () => string;
  readonly #boundMs: number;

  /** @param boundMs Longest that anything may take. */
  constructor(url: () => string, boundMs = 120_000) {
    this.#url = url;
    this.#boundMs = boundMs;
  }

  /** A plan that is recorded. */
  async plan(asked: AskedOperation): Promise<OperationWithPlanReply> {
    const key = randomUUID();
    const { body } = await this.#insist([201], () =>
      post(this.#url(), '/operations', { projection: 'runs', ...asked, idempotency_key: key }),
    );
    return body;
  }

  /** Starts it. Null: it is not what was planned any more, as its refusal says. */
  async execute(id: string): Promise<OperationWithPlanReply | null> {
    const { status, body } = await this.#insist([200, 409], () =>
      post(this.#url(), `/operations/${id}/execute`, { idempotency_key: `execute-${id}` }),
    );
    if (status === 200) return body;
    if (body.code === 'plan_outdated') return null;
    throw new Error(`${id} is not executed: ${JSON.stringify(body)}`);
  }

  async get(id: string, query = ''): Promise<OperationWithPlanReply> {
    const path = `/operations/${id}${query}`;
    return (await this.#insist([200], () => ask(this.#url(), path))).body;
  }

  async cancel(id: string): Promise<void> {
    await this.#insist([200], () =>
      post(this.#url(), `/operations/${id}/cancel`, { idempotency_key: `cancel-${id}` }),
    );
  }

  /** Waits for the end; `seen` is shown every look before it. */
  async ended(
    id: string,
    seen: (operation: OperationWithPlanReply) => void = () => undefined,
  ): Promise<OperationWithPlanReply> {
    for (const deadline = Date.now() + this.#boundMs; ;) {
      const operation = await this.get(id);
      if (ENDS.has(operation.status)) return operation;
      seen(operation);
      if (Date.now() > deadline)
        throw new Error(`${id} does not end: ${JSON.stringify(operation)}`);
      await sleep(LOOK_MS);
    }
  }

  /** Plans and carries out, once more where the plan was outdated meanwhile. */
  async carryOut(
    asked: AskedOperation,
    begun: (operation: OperationWithPlanReply) => Promise<void> | void = () => undefined,
    seen?: (operation: OperationWithPlanReply) => void,
  ): Promise<OperationWithPlanReply> {
    for (;;) {
      const { operation_id: id } = await this.plan(asked);
      const operation = await this.execute(id);
      if (operation === null) {
        await this.cancel(id);
        continue;
      }
      await begun(operation);
      return this.ended(id, seen);
    }
  }

  async #insist(wanted: readonly number[], attempt: () => Promise<Answer>): Promise<Answer> {
    let said = 'no answer';
    for (const deadline = Date.now() + this.#boundMs; Date.now() < deadline;) {
      const answer = await attempt().catch(() => null);
      if (answer !== null) {
        if (wanted.includes(answer.status)) return answer;
        said = `${answer.status} ${JSON.stringify(answer.body)}`;
        // 202: it is stored and not decided; asked for again it is told what became of it.
        if (answer.status !== 202 && answer.status < 500 && answer.status !== 404) break;
      }
      await sleep(LOOK_MS);
    }
    throw new Error(`expected ${wanted.join(' or ')}: ${said}`);
  }
}
