import {
  diffQuery,
  generationParameters,
  ProblemError,
  projectionParameter,
  type GenerationsReply,
} from '@refold/contracts';
import { ViewsUnknown } from '@refold/domain';
import {
  carriedInto,
  streamsCarried,
  diffGenerations,
  generationCheckpoint,
  generationOf,
  isNearLive,
  liveGeneration,
  readPointer,
  slotOf,
  type Pointer,
  type Projection,
} from '@refold/pipeline';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedMembers, invalidRequest } from '@refold/serving';
import { z } from 'zod';
import { diffReplyOf } from '../diff-reply.js';
import { checkUnbound } from '../found-operation.js';
import { whenClientGoes } from '../client-gone.js';
import type { Operating } from '../operating.js';

type GenerationReply = GenerationsReply['generations'][number];
type PartitionReply = GenerationReply['partitions'][number];

const projectionPath = z.object(projectionParameter);
const generationPath = z.object(generationParameters);

const partitionsOf = ({ partitions }: Projection): number[] =>
  Array.from({ length: partitions }, (_, partition) => partition);

/** What a partition of a generation says, and whether a swap would find it near enough to the live one. */
async function partitionOf(
  operating: Operating,
  projection: Projection,
  pointer: Pointer,
  generation: number,
  partition: number,
): Promise<{ reply: PartitionReply; isNear: boolean }> {
  const { store } = operating;
  const live = liveGeneration(pointer, partition);
  const own = await generationCheckpoint(store, projection, generation, partition);
  const other =
    live === generation ? own : await generationCheckpoint(store, projection, live, partition);
  const carried = await carriedInto(store, slotOf(generationOf(projection, generation), partition));
  const isKnown = own !== null && other !== null;
  const behind = isKnown ? Math.max(0, other.next - own.next) : null;
  return {
    isNear: isKnown && isNearLive(own, other, carried),
    reply: {
      partition,
      live: live === generation,
      role: own?.role ?? null,
      next: own?.next ?? null,
      behind,
      views: own?.views ?? '',
      carried: carried === null ? 0 : streamsCarried(carried),
    },
  };
}

/** `GET /internal/v1/projections/:projection/generations` */
function listGenerationsRoute(app: HttpServer, operating: Operating): void {
  app.get(`${API_ROOT}/projections/:projection/generations`, async (call, reply) => {
    checkUnbound(call.caller);
    const { projection: name } = checkedMembers(projectionPath, call.params);
    const projection = operating.projections[name];
    const pointer = await readPointer(operating.store, projection);
    const generations: GenerationReply[] = [];
    for (const [number, { state, views, share, operation }] of pointer.generations) {
      const found = [];
      for (const partition of partitionsOf(projection)) {
        found.push(await partitionOf(operating, projection, pointer, number, partition));
      }
      const isBuilt = state === 'building' && found.every(({ isNear }) => isNear);
      generations.push({
        generation: number,
        ...{ state: isBuilt ? ('built' as const) : state, views, share },
        operation_id: operation,
        partitions: found.map((one) => one.reply),
      });
    }
    const { swap } = pointer;
    const body: GenerationsReply = {
      projection: name,
      generations,
      swap:
        swap === null
          ? null
          : { operation_id: swap.operation, to: swap.to, partitions: [...swap.partitions] },
    };
    return reply.header('cache-control', 'no-store').send(body);
  });
}

/** @throws ProblemError for a generation that is not there, or is to be compared with itself. */
function checkCompared(
  pointer: Pointer,
  generation: number,
  against: number | null,
  partitions: readonly number[],
): void {
  for (const number of [generation, ...(against === null ? [] : [against])]) {
    if (pointer.generations.has(number)) continue;
    throw new ProblemError('not_found', { detail: `There is no generation ${number}.` });
  }
  const same = partitions.find(
    (partition) => (against ?? liveGeneration(pointer, partition)) === generation,
  );
  if (same === undefined) return;
  const expected =
    against === null
      ? `a generation to compare with: ${generation} is the live one of partition ${same}`
      : `another generation than ${generation}`;
  throw invalidRequest([{ field: 'against', expected }]);
}

/** `GET /internal/v1/projections/:projection/generations/:generation/diff` */
function diffRoute(app: HttpServer, operating: Operating): void {
  const { store, rulebook, timing } = operating;
  app.get(
    `${API_ROOT}/projections/:projection/generations/:generation/diff`,
    async (call, reply) => {
      checkUnbound(call.caller);
      const { projection: name, generation } = checkedMembers(generationPath, call.params);
      const query = checkedMembers(diffQuery, call.query);
      const projection = operating.projections[name];
      const all = partitionsOf(projection);
      const partitions = query.partition === undefined ? all : [query.partition];
      if (partitions.some((partition) => !all.includes(partition))) {
        throw invalidRequest([{ field: 'partition', expected: `0 to ${all.length - 1}` }]);
      }
      const against = query.against ?? null;
      const signal = whenClientGoes(reply);
      const turn = operating.inTurn(
        'diff',
        async () => {
          const pointer = await readPointer(store, projection);
          checkCompared(pointer, generation, against, partitions);
          const request = { partitions, generation, against, samples: query.samples, signal };
          return diffGenerations({ store, rulebook, timing }, projection, pointer, request);
        },
        signal,
      );
      if (turn === null) {
        throw new ProblemError('overloaded', { detail: 'Too many plans are being made.' });
      }
      const diffs = await turn.catch((error: unknown) => {
        if (!(error instanceof ViewsUnknown)) throw error;
        throw new ProblemError('not_found', { detail: `${error.message}.` });
      });
      const body = diffReplyOf(name, generation, diffs, query.samples);
      return reply.header('cache-control', 'no-store').send(body);
    },
  );
}

/** What generations a projection has, and how they differ. */
export function generationRoutes(app: HttpServer, operating: Operating): void {
  listGenerationsRoute(app, operating);
  diffRoute(app, operating);
}
