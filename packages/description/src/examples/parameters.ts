import { OPERATION_ID } from './operation-replies.js';

export type ParameterPlace = 'path' | 'query' | 'header';

/** What stands in paths. */
const IN_PATH: Readonly<Record<string, unknown>> = {
  run_id: 'run-42',
  worker_id: 'worker-7',
  operation_id: OPERATION_ID,
  projection: 'runs',
  stream_id: 'run-42',
  partition: 0,
  offset: 7,
  generation: 2,
  file: 'start.js',
};

/** Queries that an operation does not do without, though no schema of one parameter can say so. */
const OWNER = { owner_user_id: 7 };
const IN_QUERY: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  listWorkers: OWNER,
  getWorker: OWNER,
  getWorkerSnapshot: OWNER,
  listWorkerEvents: OWNER,
  getWorkerCheckpoint: OWNER,
  listDeadLetters: { projection: 'runs' },
  listParked: { projection: 'runs' },
  explainStream: { subject: 'run/run-42' },
  getDrift: { topic: 'run:run-42:events' },
};

/** The example of a parameter; undefined: it can be left out, or is only known from an answer. */
export const parameterExample = (
  operationId: string,
  place: ParameterPlace,
  name: string,
): unknown => {
  switch (place) {
    case 'path':
      return IN_PATH[name];
    case 'query':
      return IN_QUERY[operationId]?.[name];
    case 'header':
      return undefined;
  }
};
