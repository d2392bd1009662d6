import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationWithPlanReply } from '@refold/contracts';
import { PlanRefused, type AskedOperation, type Operators } from './operators.js';
import { until } from './until.js';

/** Views of runs that docs/drills/mended-view.mjs has. */
export type RunViews = 'run@1' | 'run@2';

/** Of the gate, what is another answer a moment later: claims come in, or an owner does. */
const PASSING: ReadonlySet<string> = new Set([
  'behind',
  'not_compared',
  'differences_not_accepted',
]);
const AGAIN_MS = 500;

type Begun = (operation: OperationWithPlanReply) => Promise<void> | void;

/** An operator who builds, swaps, takes back and drops whole generations, and looks at each end where things stand. */
export class GenerationOperators {
  /** Plans that the gate refused for the moment, and swaps that were given up with nothing changed. */
  refused = 0;
  givenUp = 0;
  readonly #operators: Operators;
  readonly #boundMs: number;

  /** @param boundMs Longest that anything may take. */
  constructor(operators: Operators, boundMs = 120_000) {
    this.#operators = operators;
    this.#boundMs = boundMs;
  }

  /** Builds a generation; returns its number besides. */
  async build(
    views: RunViews,
    share: number,
    begun: Begun,
    seen?: (operation: OperationWithPlanReply) => void,
  ): Promise<{ built: OperationWithPlanReply; generation: number }> {
    const asked = {
      verb: 'reproject' as const,
      arguments: { target: 'new-generation', views },
      share,
    };
    const before = await this.live();
    const built = await this.#operators.carryOut(asked, begun, seen);
    const live = await this.live();
    if (live !== before) throw new Error(`a build made ${live} live`);
    return { built, generation: built.plan.generations?.generation ?? Number.NaN };
  }

  /** Makes a generation live on all partitions, whatever differs but verdicts. */
  swap(generation: number, begun: Begun): Promise<OperationWithPlanReply> {
    return this.#flip(async () => {
      const { digest } = await this.#operators.diff(generation);
      const target = { target: 'generation', generation, accept: digest };
      return { verb: 'swap', arguments: target };
    }, begun);
  }

  rollBack(begun: Begun): Promise<OperationWithPlanReply> {
    const asked = { verb: 'rollback' as const, arguments: { target: 'previous-generation' } };
    return this.#flip(async () => asked, begun);
  }

  drop(generation: number): Promise<OperationWithPlanReply> {
    const asked = { verb: 'drop' as const, arguments: { target: 'generation', generation } };
    return this.#operators.carryOut(asked);
  }

  /** The generation that is live on all partitions, once no swap is under way and every slot has the role that the pointer says. */
  async live(): Promise<number> {
    let said = 'no answer';
    let found: number | null = null;
    await until(
      () => `one generation is live, and slots say the same: ${said}`,
      async () => {
        const { generations, swap } = await this.#operators.generations();
        said = JSON.stringify({ generations, swap });
        const agrees = generations.every(({ partitions }) =>
          partitions.every(({ live, role }) => role === (live ? 'live' : 'aside')),
        );
        const [one, ...others] = generations.filter(({ partitions }) =>
          partitions.some(({ live }) => live),
        );
        if (swap !== null || !agrees || one === undefined || others.length > 0) return false;
        found = one.partitions.every(({ live }) => live) ? one.generation : null;
        return found !== null;
      },
      this.#boundMs,
    );
    return found ?? Number.NaN;
  }

  /** Has another generation live, and tries again where that was refused for the moment or given up; bounded. */
  async #flip(asked: () => Promise<AskedOperation>, begun: Begun): Promise<OperationWithPlanReply> {
    for (const deadline = Date.now() + this.#boundMs; ;) {
      const before = await this.live();
      try {
        const over = await this.#operators.carryOut(await asked(), begun);
        const live = await this.live();
        const wanted = over.status === 'done' ? over.plan.generations?.generation : before;
        if (live !== wanted) throw new Error(`${over.operation_id} ended, and ${live} is live`);
        if (over.status === 'done' || Date.now() > deadline) return over;
        if (over.error?.includes('sealed') !== true) return over;
        this.givenUp += 1;
      } catch (error) {
        if (!(error instanceof PlanRefused) || Date.now() > deadline) throw error;
        const lasting = error.reasons.filter((reason) => !PASSING.has(reason));
        if (lasting.length > 0 || error.reasons.length === 0) throw error;
        this.refused += 1;
      }
      await sleep(AGAIN_MS);
    }
  }
}
