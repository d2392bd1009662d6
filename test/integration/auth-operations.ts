/** One request of the table, on a stream. */
export interface TableOperation {
  name: string;
  scope: 'ingest' | 'read';
  method: 'GET' | 'POST';
  path: (id: string) => string;
  body?: object | readonly object[];
  /** `drift` answers 404 where a stream follows the log: then its detail says so. */
  lacks?: true;
}

const read = (name: string, path: (id: string) => string): TableOperation => ({
  name,
  scope: 'read',
  method: 'GET',
  path,
});

const write = (
  name: string,
  path: (id: string) => string,
  body: object | readonly object[],
): TableOperation => ({ name, scope: 'ingest', method: 'POST', path, body });

/** Every operation on a run that is there. */
export const RUN_OPERATIONS: readonly TableOperation[] = [
  write('append an event', (id) => `/runs/${id}/events`, { event_type: 'my.own' }),
  write('append a batch', (id) => `/runs/${id}/events`, [{ event_type: 'my.own' }]),
  write('append a frame', (id) => `/runs/${id}/frames`, {
    frame_id: 'f-1',
    type: 'user_message',
    payload: { text: 'hello' },
  }),
  write('cancel', (id) => `/runs/${id}/cancel`, {}),
  read('read', (id) => `/runs/${id}`),
  read('read with events', (id) => `/runs/${id}?include=events`),
  read('read the snapshot', (id) => `/runs/${id}/snapshot`),
  read('list events', (id) => `/runs/${id}/events`),
  read('read the receipt', (id) => `/runs/${id}/receipt`),
  read('replay', (id) => `/runs/${id}/replay`),
  read('read the checkpoint', (id) => `/projectors/checkpoints/${id}`),
  read('read the summary', (id) => `/projectors/run-summary/${id}`),
  { ...read('read the drift', (id) => `/projectors/drift?topic=run:${id}:events`), lacks: true },
];

/** Every operation on a worker that is there; `owner`: whom a caller that is bound to none names. */
export const workerOperations = (owner: { owner_user_id?: number }): readonly TableOperation[] => {
  const { owner_user_id: user } = owner;
  const query = user === undefined ? '' : `owner_user_id=${user}`;
  return [
    write('beat', (id) => `/workers/${id}/heartbeat`, owner),
    write('ask', (id) => `/workers/${id}/requests`, { ...owner, method: 'ping' }),
    write('report', (id) => `/workers/${id}/events`, { ...owner, event_type: 'worker.own' }),
    write('set the status', (id) => `/workers/${id}/status`, { ...owner, status: 'running' }),
    read('read', (id) => `/workers/${id}?${query}`),
    read('read the snapshot', (id) => `/workers/${id}/snapshot?${query}`),
    read('list events', (id) => `/workers/${id}/events?${query}`),
    read('read the checkpoint', (id) => `/workers/${id}/checkpoint?${query}`),
  ];
};
