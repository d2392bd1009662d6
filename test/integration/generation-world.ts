import type { DiffReply, GenerationsReply, JsonValue, PlanReply } from '@refold/contracts';
import { RULEBOOK, rulesOf, type Rulebook, type Rules, type View } from '@refold/domain';
import { ProjectionReader, type ViewStore } from '@refold/pipeline';
import { expect, vi } from 'vitest';
import { newInstallation, openStack, type HttpStack, type OpenPorts } from './http-stack.js';
import { idOn, planned, type Asked } from './operator-plans.js';
import { carriedOut, operationOf } from './operator-runs.js';

export const PARTITIONS = 4;

const WAIT = { timeout: 60_000, interval: 50 };

const FIRST = rulesOf(RULEBOOK, 1);
const [RUN_VIEW, ...OTHER_VIEWS] = RULEBOOK.views as [View, ...View[]];

/** An event type that the second rules refuse. */
export const DISPUTED = 'my.disputed';

const refusing: Rules = {
  ...FIRST.run,
  transition: (status, claim, owner) =>
    claim.type === DISPUTED
      ? { allowed: false, detail: { from: status, transition: DISPUTED } }
      : FIRST.run.transition(status, claim, owner),
};

const viewed = (version: number, change: (made: Record<string, JsonValue>) => JsonValue): View => ({
  ...RUN_VIEW,
  version,
  evolve: (document, event, state) =>
    change(RUN_VIEW.evolve(document, event, state) as Record<string, JsonValue>),
});

/** The planted bug: of more than one message it counts one. */
const buggy = viewed(1, (made) =>
  Number(made['message_count'] ?? 0) > 1 ? { ...made, message_count: 1 } : made,
);

/** The bug is mended, and there is a field more. */
const mended = viewed(2, (made) => ({ ...made, told_by: 'version 2' }));

/** A build with the bug, and the next one, which has both versions of the view. */
export const OLD_BUILD: Rulebook = { ...RULEBOOK, views: [buggy, ...OTHER_VIEWS] };
export const NEW_BUILD: Rulebook = { ...RULEBOOK, views: [buggy, mended, ...OTHER_VIEWS] };

/** A build whose first rules are no longer what they were: what must never be. */
export const CHANGED_BUILD: Rulebook = {
  ...RULEBOOK,
  deciders: [{ ...FIRST, run: refusing }],
};

/** A build that has a second version of the rules beside the first. */
export const TWO_RULES: Rulebook = {
  ...RULEBOOK,
  deciders: [FIRST, { ...FIRST, run: refusing }],
};

/** One log and store on which builds are deployed one after the other. */
export interface GenerationWorld {
  /** The build that runs. */
  stack: () => HttpStack;
  /** Stops what runs and starts another build; on another store where one is given. */
  deploy(rulebook: Rulebook, store?: ViewStore): Promise<void>;
  /** A run of so many messages on a partition. */
  writeRun(partition: number, messages: number, type?: string): Promise<string>;
  /** Every run as a reader of its document and timeline is given it. */
  seen(runIds: readonly string[]): Promise<unknown[]>;
  reader: () => ProjectionReader;
  close(): Promise<void>;
}

export async function openGenerations(open: OpenPorts): Promise<GenerationWorld> {
  const ports = await open();
  const installation = newInstallation(PARTITIONS);
  let running: HttpStack | null = null;
  let store: ViewStore = ports.store;
  const keepOpen = async (): Promise<void> => undefined;
  const stack = (): HttpStack => running ?? expect.fail('nothing is deployed');
  const reader = () => new ProjectionReader(store, installation.projections.runs);
  return {
    stack,
    reader,
    async deploy(rulebook, other = store) {
      await running?.close();
      store = other;
      const opened = async () => ({ log: ports.log, store, close: keepOpen });
      const build = { rulebook, installation };
      running = await openStack(opened, PARTITIONS, null, undefined, build);
      const { runs } = installation.projections;
      await vi.waitFor(async () => {
        for (let partition = 0; partition < PARTITIONS; partition++) {
          const { end } = await ports.log.range(runs.topic, partition);
          const { checkpoint } = await reader().rawCheckpoint(partition);
          expect(checkpoint?.next).toBe(end);
        }
      }, WAIT);
    },
    async writeRun(partition, messages, type = 'run.message') {
      const runId = idOn(partition, PARTITIONS);
      await stack().post('/runs', { run_id: runId });
      for (let n = 0; n < messages; n++) {
        const payload = type === 'run.message' ? { role: 'user', content: `${n}` } : { n };
        const written = await stack().post(`/runs/${runId}/events`, { event_type: type, payload });
        expect(written.status).toBe(201);
      }
      return runId;
    },
    seen: (runIds) =>
      Promise.all(
        runIds.map(async (runId) => {
          const { document, events } = await reader().timeline('run', runId, 0, 1_000);
          return { ...document, incarnation: null, events };
        }),
      ),
    async close() {
      await running?.close();
      await ports.close();
    },
  };
}

/** Waits until every generation stands where the live one does: nothing may be coming in. */
export const untilLevel = (stack: HttpStack): Promise<void> =>
  vi.waitFor(async () => {
    const { generations } = await generationsOf(stack);
    const behind = generations.flatMap(({ partitions }) => partitions.map((one) => one.behind));
    expect(new Set(behind)).toEqual(new Set([0]));
  }, WAIT);

/** Plans an operation, and expects it to be refused; answers with why. */
export async function refusedPlan(stack: HttpStack, asked: Asked) {
  const reply = await stack.post('/operations', { verb: 'swap', projection: 'runs', ...asked });
  expect([reply.status, reply.body.code]).toEqual([409, 'plan_refused']);
  return JSON.parse(reply.text) as {
    detail: string;
    refusals: { reason: string; partition: number | null; digest?: string }[];
  };
}

/** What would be done. */
export async function dryRun(stack: HttpStack, asked: Asked): Promise<PlanReply> {
  const reply = await stack.post('/operations', { projection: 'runs', dry_run: true, ...asked });
  expect([reply.status, reply.text]).toEqual([200, expect.any(String)]);
  return (JSON.parse(reply.text) as { plan: PlanReply }).plan;
}

export async function generationsOf(stack: HttpStack): Promise<GenerationsReply> {
  const reply = await stack.get('/projections/runs/generations');
  expect([reply.status, reply.text]).toEqual([200, expect.any(String)]);
  return JSON.parse(reply.text) as GenerationsReply;
}

export async function diffOf(stack: HttpStack, generation: number, query = ''): Promise<DiffReply> {
  const path = `/projections/runs/generations/${generation}/diff${query}`;
  const reply = await stack.get(path);
  expect([reply.status, reply.text]).toEqual([200, expect.any(String)]);
  return JSON.parse(reply.text) as DiffReply;
}

export { carriedOut, operationOf, planned };

/** Builds a generation and makes it live, whatever differs. Returns its number. */
export async function swapToNew(stack: HttpStack): Promise<number> {
  const asked = { verb: 'reproject', arguments: { target: 'new-generation' } };
  const built = await carriedOut(stack, asked);
  expect([built.status, built.error]).toEqual(['done', null]);
  const generation = built.plan.generations?.generation ?? 0;
  const { digest } = await diffOf(stack, generation);
  const swap = { target: 'generation', generation, accept: digest ?? '' };
  const swapped = await carriedOut(stack, { verb: 'swap', arguments: swap });
  expect([swapped.status, swapped.error]).toEqual(['done', null]);
  return generation;
}
