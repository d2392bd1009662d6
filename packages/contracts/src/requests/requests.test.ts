import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { faultsOf } from '../faults.js';
import { eventsPageQuery, listRunsQuery, listWorkersQuery, readQuery } from './queries.js';
import { appendEventRequest, cancelRunRequest, createRunRequest } from './run-requests.js';
import {
  registerWorkerRequest,
  stopWorkerRequest,
  workerHeartbeatRequest,
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

describe('every request and query', () => {
  it.each(
    Object.entries({
      createRunRequest,
      appendEventRequest,
      cancelRunRequest,
      registerWorkerRequest,
      workerHeartbeatRequest,
      workerStatusRequest,
      stopWorkerRequest,
      listRunsQuery,
      eventsPageQuery,
      listWorkersQuery,
      readQuery,
    }),
  )('%s can be shown as JSON Schema', (_name, schema) => {
    expect(z.toJSONSchema(schema, { io: 'input' })).toMatchObject({ additionalProperties: false });
  });
});
