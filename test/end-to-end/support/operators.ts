import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DiffReply, GenerationsReply, OperationWithPlanReply } from '@refold/contracts';
import { ask, post, type ApiAnswer, type ProblemBody } from './api.js';

/** What an operator asks for. */
export interface AskedOperation {
  verb: 'rewind' | 'verify' | 'repair' | 'reproject' | 'swap' | 'rollback' | 'drop';
  arguments: object;
  partitions?: readonly number[];
  share?: number;
}

type Told = OperationWithPlanReply & Partial<Pick<ProblemBody, 'code' | 'detail' | 'refusals'>>;

/** A plan that the API does not make, and why. */
export class PlanRefused extends Error {
  override readonly name = 'PlanRefused';
  readonly reasons: readonly string[];

  constructor({ detail, refusals = [] }: Told) {
    super(detail);
    this.reasons = refusals.map(({ reason }) => reason);
  }
}

const ENDS: ReadonlySet<string> = new Set(['done', 'failed', 'canceled']);
const NOT_AS_PLANNED: ReadonlySet<string> = new Set(['plan_outdated', 'plan_refused']);
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

  /** A plan that is recorded. @throws PlanRefused */
  async plan(asked: AskedOperation): Promise<OperationWithPlanReply> {
    const key = randomUUID();
    const { status, body } = await this.#insist([201, 409], () =>
      post<Told>(this.#url(), '/operations', {
        projection: 'runs',
        ...asked,
        idempotency_key: key,
      }),
    );
    if (status === 409) throw new PlanRefused(body);
    return body;
  }

  /** Starts it. Null: it is not what was planned any more, as its refusal says. */
  async execute(id: string): Promise<OperationWithPlanReply | null> {
    const { status, body } = await this.#insist([200, 409], () =>
      post<Told>(this.#url(), `/operations/${id}/execute`, { idempotency_key: `execute-${id}` }),
    );
    if (status === 200) return body;
    if (NOT_AS_PLANNED.has(body.code ?? '')) return null;
    throw new Error(`${id} is not executed: ${JSON.stringify(body)}`);
  }

  async get(id: string, query = ''): Promise<OperationWithPlanReply> {
    const path = `/operations/${id}${query}`;
    return (await this.#insist([200], () => ask<Told>(this.#url(), path))).body;
  }

  async generations(): Promise<GenerationsReply> {
    const path = '/projections/runs/generations';
    return (await this.#insist([200], () => ask<GenerationsReply>(this.#url(), path))).body;
  }

  /** What differs between a generation and the live one. */
  async diff(generation: number): Promise<DiffReply> {
    const path = `/projections/runs/generations/${generation}/diff`;
    return (await this.#insist([200], () => ask<DiffReply>(this.#url(), path))).body;
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

  async #insist<Body>(
    wanted: readonly number[],
    attempt: () => Promise<ApiAnswer<Body>>,
  ): Promise<ApiAnswer<Body>> {
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
