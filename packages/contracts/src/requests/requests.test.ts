import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { faultsOf } from '../faults.js';
import {
  driftQuery,
  eventsPageQuery,
  listRunsQuery,
  listWorkersQuery,
  readQuery,
  runSnapshotQuery,
  workerEventsQuery,
} from './queries.js';
import {
  appendEventRequest,
  appendFrameRequest,
  cancelRunRequest,
  createRunRequest,
} from './run-requests.js';
import {
  appendWorkerEventRequest,
  registerWorkerRequest,
  stopWorkerRequest,
  workerHeartbeatRequest,
  workerRequestRequest,
  workerStatusRequest,
} from './worker-requests.js';

const faults = (schema: z.ZodType, value: unknown): string[] => {
  const parsed = schema.safeParse(value);
  return parsed.success ? [] : faultsOf(parsed.error).map(({ pointer }) => pointer);
};

describe('creating a run', () => {
  it('takes everything, and nothing', () => {
    expect(faults(createRunRequest, {})).toEqual([]);
    const body = {
      run_id: 'r-1',
      worker_id: 'w',
      thread_id: 't',
      metadata: { a: [1] },
      owner_user_id: 7,
      tenant: 'acme',
      title: ' T ',
      labels: { team: 'x' },
      idempotency_key: 'k',
    };
    expect(createRunRequest.parse(body)).toMatchObject({ ...body, title: 'T' });
  });

  it('hands metadata and labels through untouched', () => {
    const body = JSON.parse('{"metadata":{"__proto__":{"a":1}},"labels":{"__proto__":"x"}}') as {
      metadata: unknown;
      labels: unknown;
    };
    const parsed = createRunRequest.parse(body);
    expect(parsed.metadata).toBe(body.metadata);
    expect(parsed.labels).toBe(body.labels);
  });

  it.each<[unknown, string]>([
    [null, ''],
    [[], ''],
    [{ id: 'x' }, '/id'],
    [{ run_id: false }, '/run_id'],
    [{ run_id: '' }, '/run_id'],
    [{ owner_user_id: '7' }, '/owner_user_id'],
    [{ owner_user_id: 7, owner_guest_scope: 'g' }, '/owner_guest_scope'],
    [{ title: 5 }, '/title'],
    [{ labels: { a: null } }, '/labels'],
    [{ tenant: 'a b' }, '/tenant'],
    [{ owner_guest_scope: 'g\ud800' }, '/owner_guest_scope'],
    [{ thread_id: 't\u0000' }, '/thread_id'],
    [{ labels: { '\udfff': 'a' } }, '/labels'],
    [{ idempotency_key: 'a\u0085' }, '/idempotency_key'],
  ])('refuses %j', (body, pointer) => expect(faults(createRunRequest, body)).toEqual([pointer]));

  it('counts a blank guest scope as none', () => {
    expect(faults(createRunRequest, { owner_user_id: 7, owner_guest_scope: ' ' })).toEqual([]);
  });
});

describe('appending an event', () => {
  it('trims the type and keeps the payload as it is', () => {
    const payload = JSON.parse('{"__proto__":1}') as unknown;
    const parsed = appendEventRequest.parse({ event_type: ' a.b ', payload });
    expect(parsed.event_type).toBe('a.b');
    expect(parsed.payload).toBe(payload);
    expect(parsed.idempotency_key).toBeUndefined();
  });

  it.each<[unknown, string]>([
    [{}, '/event_type'],
    [{ event_type: '  ' }, '/event_type'],
    [{ event_type: false }, '/event_type'],
    [{ event_type: 'x'.repeat(121) }, '/event_type'],
    [{ event_type: 'a\ud800' }, '/event_type'],
    [{ event_type: 'a\nb' }, '/event_type'],
    [{ event_type: 'a', idempotency_key: '\ud800' }, '/idempotency_key'],
    [{ event_type: 'rules.changed' }, '/event_type'],
    [{ event_type: ' rules.changed ' }, '/event_type'],
    [{ event_type: 'a', expected_previous_seq: '1' }, '/expected_previous_seq'],
    [{ event_type: 'a', expected_previous_seq: -1 }, '/expected_previous_seq'],
    [{ event_type: 'a', expected_previous_seq: 1.5 }, '/expected_previous_seq'],
    [{ event_type: 'a', schema_version: 0 }, '/schema_version'],
    [{ event_type: 'run.finished', schema_version: 2 }, '/schema_version'],
    [{ event_type: 'my.own', schema_version: 2 }, '/schema_version'],
    [{ event_type: 'a', type: 'b' }, '/type'],
  ])('refuses %j', (body, pointer) => expect(faults(appendEventRequest, body)).toEqual([pointer]));

  it('takes version 1 of a type that this build does not know', () => {
    expect(faults(appendEventRequest, { event_type: 'my.own', schema_version: 1 })).toEqual([]);
  });
});

describe('a frame', () => {
  const frame = { frame_id: ' f-1 ', type: 'user_message', payload: { text: 'hi' } };

  it('is taken with its payload as it is', () => {
    const occurred = { ...frame, occurred_at: '2026-01-31T12:00:00.5+02:00', thread_id: ' t ' };
    const parsed = appendFrameRequest.parse(occurred);
    expect(parsed).toMatchObject({ frame_id: 'f-1', thread_id: 't' });
    expect(parsed.payload).toBe(frame.payload);
  });

  it.each<[object, string]>([
    [{ frame_id: ' ' }, '/frame_id'],
    [{ frame_id: 'x'.repeat(256) }, '/frame_id'],
    [{ frame_id: 7 }, '/frame_id'],
    [{ frame_id: 'f\ud800' }, '/frame_id'],
    [{ type: 'a\u0000' }, '/type'],
    [{ thread_id: '\udfff' }, '/thread_id'],
    [{ type: '' }, '/type'],
    [{ payload: null }, '/payload'],
    [{ payload: [] }, '/payload'],
    [{ payload: 'text' }, '/payload'],
    [{ occurred_at: 'yesterday' }, '/occurred_at'],
    [{ idempotency_key: 'k' }, '/idempotency_key'],
  ])('with %j is refused', (change, pointer) =>
    expect(faults(appendFrameRequest, { ...frame, ...change })).toEqual([pointer]),
  );
});

describe('what a worker is asked and reports', () => {
  const owner = { owner_user_id: 1 };

  it('takes a request with or without an ID', () => {
    expect(workerRequestRequest.parse({ ...owner, method: ' m ' })).toMatchObject({
      method: 'm',
      request_id: null,
    });
    const both = { ...owner, method: 'm', request_id: 'q', idempotency_key: 'q' };
    expect(faults(workerRequestRequest, both)).toEqual([]);
    expect(faults(workerRequestRequest, { ...both, idempotency_key: 'other' })).toEqual([
      '/idempotency_key',
    ]);
    expect(faults(workerRequestRequest, owner)).toEqual(['/method']);
    expect(faults(workerRequestRequest, { method: 'm' })).toEqual(['/owner_user_id']);
  });

  it.each<[object, string]>([
    [{ event_type: 'run.started' }, '/event_type'],
    [{ event_type: 'worker.' }, '/event_type'],
    [{ event_type: ' ' }, '/event_type'],
    [{ event_type: 'worker.a\ud800' }, '/event_type'],
    [{ event_type: 'worker.event', schema_version: 2 }, '/schema_version'],
    [{ event_type: 'worker.event', owner_guest_scope: 'g' }, '/owner_user_id'],
    [{ type: 'worker.event', event_type: 'worker.event' }, '/type'],
  ])('refuses the event %j', (body, pointer) =>
    expect(faults(appendWorkerEventRequest, { ...owner, ...body })).toEqual([pointer]),
  );

  it('takes events of every type that begins with worker.', () => {
    for (const type of ['worker.event', 'worker.response', 'worker.my.own']) {
      expect(faults(appendWorkerEventRequest, { ...owner, event_type: type })).toEqual([]);
    }
  });
});

describe('what is done to workers and runs', () => {
  it('names exactly one owner', () => {
    for (const schema of [registerWorkerRequest, workerHeartbeatRequest, stopWorkerRequest]) {
      expect(faults(schema, { owner_user_id: 7 })).toEqual([]);
      expect(faults(schema, { owner_guest_scope: 'g' })).toEqual([]);
      expect(faults(schema, {})).toEqual(['/owner_user_id']);
      expect(faults(schema, { owner_user_id: 7, owner_guest_scope: 'g' })).toEqual([
        '/owner_user_id',
      ]);
    }
  });

  it('is named without what UTF-8 cannot carry', () => {
    const owner = { owner_user_id: 1 };
    const register = { ...owner, workspace_ref: '\ud800' };
    expect(faults(registerWorkerRequest, register)).toEqual(['/workspace_ref']);
    const guest = { owner_guest_scope: 'g\ud800' };
    expect(faults(workerHeartbeatRequest, guest)).toEqual(['/owner_guest_scope']);
    const request = { ...owner, method: 'm', request_id: 'a\nb' };
    expect(faults(workerRequestRequest, request)).toEqual(['/request_id']);
    expect(registerWorkerRequest.parse({ owner_guest_scope: 'g\n' }).owner_guest_scope).toBe('g');
  });

  it('takes a blank worker ID as none, and no bad one', () => {
    const owner = { owner_user_id: 1 };
    expect(registerWorkerRequest.parse({ ...owner, worker_id: ' ' }).worker_id).toBeNull();
    expect(registerWorkerRequest.parse({ ...owner, worker_id: ' w ' }).worker_id).toBe('w');
    expect(faults(registerWorkerRequest, { ...owner, worker_id: 'a b' })).toEqual(['/worker_id']);
  });

  it('refuses unknown statuses, patches that are no objects, and unknown members', () => {
    const owner = { owner_user_id: 1 };
    expect(faults(workerStatusRequest, { ...owner, status: 'gone' })).toEqual(['/status']);
    expect(faults(workerHeartbeatRequest, { ...owner, metadata_patch: [] })).toEqual([
      '/metadata_patch',
    ]);
    expect(faults(cancelRunRequest, { why: 'x' })).toEqual(['/why']);
    expect(cancelRunRequest.parse({ reason: ' ' }).reason).toBeNull();
  });
});

describe('queries', () => {
  it('have defaults and read numbers strictly', () => {
    expect(listRunsQuery.parse({})).toMatchObject({ limit: 50 });
    expect(listRunsQuery.parse({ limit: '200' }).limit).toBe(200);
    expect(eventsPageQuery.parse({ after_seq: '0' })).toMatchObject({ after_seq: 0, limit: 50 });
    for (const limit of ['0', '201', '-1', '1.5', '1e2', '', ' 5', '05', '0x10', 5, ['5', '6']]) {
      expect(faults(listRunsQuery, { limit })).toEqual(['/limit']);
    }
  });

  it('filter by names only', () => {
    expect(faults(listRunsQuery, { owner_guest_scope: 'g\ud800' })).toEqual(['/owner_guest_scope']);
    expect(faults(runSnapshotQuery, { thread_id: 't\n1' })).toEqual(['/thread_id']);
    const workers = { owner_user_id: '7', workspace_ref: 'w\u0000' };
    expect(faults(listWorkersQuery, workers)).toEqual(['/workspace_ref']);
  });

  it('read positions and waits', () => {
    const { after, wait } = readQuery.parse({ after: '3:1042', wait: '500ms' });
    expect(after).toEqual(new Map([[3, 1042]]));
    expect(wait).toBe(500);
    expect(faults(readQuery, { after: '3' })).toEqual(['/after']);
    expect(faults(readQuery, { wait: '5' })).toEqual(['/wait']);
    expect(faults(readQuery, { wait: '31s' })).toEqual(['/wait']);
  });

  it('refuse filters nobody knows, and lists of workers without an owner', () => {
    expect(faults(listRunsQuery, { stauts: 'failed' })).toEqual(['/stauts']);
    expect(faults(listRunsQuery, { status: 'finished' })).toEqual(['/status']);
    expect(faults(listWorkersQuery, {})).toEqual(['/owner_user_id']);
    expect(listWorkersQuery.parse({ owner_user_id: '7' }).owner_user_id).toBe(7);
  });
});

describe('the query for drift', () => {
  it('reads the stream out of the topic', () => {
    expect(driftQuery.parse({ topic: 'run:a:b:events' }).topic).toEqual({
      kind: 'run',
      streamId: 'a:b',
    });
    const worker = { topic: 'worker:w:lifecycle', owner_user_id: '7' };
    expect(driftQuery.parse(worker).topic).toEqual({ kind: 'worker', streamId: 'w' });
    const { topic } = driftQuery.parse({ topic: 'operation:o:lifecycle' });
    expect(topic).toEqual({ kind: 'operation', streamId: 'o' });
  });

  it.each<[object, string]>([
    [{}, '/topic'],
    [{ topic: ' ' }, '/topic'],
    [{ topic: 'run::events' }, '/topic'],
    [{ topic: 'runtime.run_summaries' }, '/topic'],
    [{ topic: 'worker:w:lifecycle' }, '/owner_user_id'],
  ])('refuses %j', (query, pointer) => expect(faults(driftQuery, query)).toEqual([pointer]));
});

describe('every request and query', () => {
  it.each(
    Object.entries({
      createRunRequest,
      appendEventRequest,
      appendFrameRequest,
      cancelRunRequest,
      appendWorkerEventRequest,
      workerRequestRequest,
      registerWorkerRequest,
      workerHeartbeatRequest,
      workerStatusRequest,
      stopWorkerRequest,
      listRunsQuery,
      eventsPageQuery,
      listWorkersQuery,
      readQuery,
      runSnapshotQuery,
      workerEventsQuery,
      driftQuery,
    }),
  )('%s can be shown as JSON Schema', (_name, schema) => {
    expect(z.toJSONSchema(schema, { io: 'input' })).toMatchObject({ additionalProperties: false });
  });
});
