import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RECORD_BYTES_MAX } from '../envelope.js';
import { faultsOf } from '../faults.js';
import { PARTITIONS_MAX } from '../topics.js';
import { eventCatalogue, eventDefinitionsOf } from './catalogue.js';

const definitionOf = (type: string) => {
  const found = eventCatalogue.find((definition) => definition.type === type);
  if (found === undefined) throw new Error(`no ${type}`);
  return found;
};
const accepts = (type: string, data: unknown): boolean => definitionOf(type).schema.validate(data);

const birth = { worker_id: 'w', tenant: 'acme', title: 't', labels: { a: 'b' }, owner_user_id: 7 };

const planned = (members: object): object => ({
  verb: 'rewind',
  projection: 'runs',
  approval: 'required',
  plan: { records: 3, streams: 1, bytes: 90, partitions: [{ partition: 2, from: 5, to: 8 }] },
  ...members,
});

const finished = (members: object): object => ({
  partition: 2,
  outcome: 'done',
  streams: 1,
  replaced: 1,
  records: 3,
  ...members,
});

const planOf = (...partitions: unknown[]): object =>
  planned({ plan: { records: 0, streams: 0, bytes: 0, partitions } });

const GOOD: [type: string, data: unknown][] = [
  ['run.created', null],
  ['run.created', { ...birth, metadata: [1], source: 'runtime' }],
  ['run.started', {}],
  ['run.started', { title: '\ud800\u0000', labels: { '🏃': '\ud800\n' }, source: '\u0000' }],
  ['run.started', { owner_guest_scope: 'g', owner_user_id: null, labels: null }],
  ['run.delta', null],
  ['text.delta', { delta: 'x', anything: { else: true } }],
  ['run.message', { role: 'user', content: 'x' }],
  ['run.message', { role: 'assistant', content: null, tool_calls: [{}] }],
  ['run.message', { role: 'tool', content: [{ type: 'text' }], usage: null }],
  ['run.message', { role: 'a', content: 1, usage: { model: 'm', input_tokens: 0, cost: '0.10' } }],
  ['run.frame_consumed', { frame_id: 'f' }],
  ['run.step.completed', { action: 'ls' }],
  ['run.cancel_requested', { reason: null }],
  ['run.executor_lost', { last_progress_seq: 4 }],
  ['run.loop_detected', { count: 3 }],
  ['run.hook_applied', null],
  ['run.hook_error', null],
  ['run.finished', { status: 'cancelled' }],
  ['run.finished', { status: 'failed', reason_class: 'x', reason: null, reward: 1 }],
  ['tool.call', { tool_call_id: 'c', tool_name: 'n', input: { q: 1 } }],
  ['tool.progress', { tool_call_id: 'c', progress: 0.5 }],
  ['tool.result', { tool_call_id: 'c', status: 'succeeded', output: null }],
  ['policy.decision', { decision: 'allow' }],
  ['policy.budget_exhausted', null],
  ['worker.started', { owner_user_id: 1, adapter: 'x', metadata: { a: 1 } }],
  ['worker.starting', null],
  ['worker.running', { status: 'running', reason: 'r' }],
  ['worker.stopping', {}],
  ['worker.stopped', null],
  ['worker.failed', null],
  ['worker.heartbeat', { metadata_patch: { a: 1 } }],
  ['worker.request.received', { request_id: 'q', method: 'm', params: [] }],
  ['worker.response', { ok: true }],
  ['worker.error', { code: -32001 }],
  ['worker.event', { method: 'ios/handshake' }],
  ['operation.planned', planned({})],
  ['operation.planned', planned({ arguments: { to: 'earliest' }, note: 'anything else' })],
  ['operation.approved', null],
  ['operation.approved', { reason: 'looks right' }],
  ['operation.started', null],
  ['run.archived', null],
  ['run.archived', { reason: 'old', operation_id: 'o-1' }],
  ['operation.partition_finished', finished({})],
  ['operation.partition_finished', finished({ error: null, differences: [{}], differing: 1 })],
  ['operation.cancel_requested', { reason: null }],
  ['operation.finished', { outcome: 'canceled' }],
];

const usage = (members: object): object => ({ role: 'a', content: '', usage: members });

const BAD: [type: string, data: unknown, pointer: string][] = [
  ['run.started', 'text', ''],
  ['run.started', [], ''],
  ['run.started', { owner_user_id: '5' }, '/owner_user_id'],
  ['run.started', { owner_user_id: 0 }, '/owner_user_id'],
  ['run.started', { owner_user_id: 1.5 }, '/owner_user_id'],
  ['run.started', { owner_guest_scope: ' ' }, '/owner_guest_scope'],
  ['run.started', { owner_user_id: 5, owner_guest_scope: 'g' }, '/owner_guest_scope'],
  ['run.started', { tenant: 'a/b' }, '/tenant'],
  ['run.started', { title: false }, '/title'],
  ['run.started', { thread_id: 'x'.repeat(129) }, '/thread_id'],
  ['run.started', { labels: { a: 1 } }, '/labels'],
  ['run.started', { labels: { 'a\ud800': 'b' } }, '/labels'],
  ['run.started', { labels: { 'a\n': 'b' } }, '/labels'],
  ['run.started', { owner_guest_scope: 'g\ud800' }, '/owner_guest_scope'],
  ['run.started', { thread_id: 't\u0000' }, '/thread_id'],
  ['worker.started', { owner_guest_scope: 'g\u0085' }, '/owner_guest_scope'],
  ['worker.started', { workspace_ref: '\udfff' }, '/workspace_ref'],
  ['run.started', { labels: [] }, '/labels'],
  ['run.started', { labels: JSON.parse('{"__proto__":{"a":"b"}}') as unknown }, '/labels'],
  ['run.started', { labels: { a: 'x'.repeat(257) } }, '/labels'],
  ['run.started', { worker_id: 'a b' }, '/worker_id'],
  ['run.message', null, ''],
  ['run.message', { content: 'x' }, '/role'],
  ['run.message', { role: '', content: 'x' }, '/role'],
  ['run.message', { role: 'user' }, '/content'],
  ['run.message', usage({ input_tokens: -1 }), '/usage/input_tokens'],
  ['run.message', usage({ input_tokens: '7' }), '/usage/input_tokens'],
  ['run.message', usage({ output_tokens: 1_000_000_001 }), '/usage/output_tokens'],
  ['run.message', usage({ cost: -0.1 }), '/usage/cost'],
  ['run.message', usage({ cost: '1e3' }), '/usage/cost'],
  ['run.message', usage({ cost: '0.1', currency: '__proto__' }), '/usage/currency'],
  ['run.finished', {}, '/status'],
  ['run.finished', { status: 'running' }, '/status'],
  ['run.finished', { status: false }, '/status'],
  ['tool.call', { tool_call_id: 'c' }, '/tool_name'],
  ['tool.call', { tool_call_id: false, tool_name: 'n' }, '/tool_call_id'],
  ['tool.result', { status: 'x' }, '/tool_call_id'],
  ['worker.heartbeat', { metadata_patch: [] }, '/metadata_patch'],
  ['worker.heartbeat', { metadata_patch: 'x' }, '/metadata_patch'],
  ['worker.started', { adapter: 5 }, '/adapter'],
  ['operation.planned', null, ''],
  ['operation.planned', planned({ verb: 'Rewind' }), '/verb'],
  ['operation.planned', planned({ projection: 'a/b' }), '/projection'],
  ['operation.planned', planned({ approval: 'maybe' }), '/approval'],
  ['operation.planned', planned({ arguments: [] }), '/arguments'],
  ['operation.planned', planned({ plan: { partitions: [] } }), '/plan/records'],
  ['operation.planned', planOf({ partition: 1_000 }), '/plan/partitions/0/partition'],
  ['operation.planned', planOf({ partition: 0, to: -1 }), '/plan/partitions/0/to'],
  [
    'operation.planned',
    planOf(...Array.from({ length: 1_001 }, () => ({ partition: 0 }))),
    '/plan/partitions',
  ],
  ['operation.approved', { reason: 5 }, '/reason'],
  ['run.archived', { operation_id: 'a b' }, '/operation_id'],
  ['operation.partition_finished', finished({ outcome: 'lost' }), '/outcome'],
  ['operation.partition_finished', finished({ replaced: 0.5 }), '/replaced'],
  [
    'operation.partition_finished',
    finished({ differences: Array.from({ length: 1_001 }, () => ({})) }),
    '/differences',
  ],
  ['operation.finished', {}, '/outcome'],
];

describe('the event catalogue', () => {
  it.each(GOOD)('takes %s %j', (type, data) => {
    expect(accepts(type, data)).toBe(true);
    expect(definitionOf(type).schema.safeParse(data).success).toBe(true);
  });

  it.each(BAD)('refuses %s %j at "%s"', (type, data, pointer) => {
    expect(accepts(type, data)).toBe(false);
    const parsed = definitionOf(type).schema.safeParse(data);
    const faults = parsed.success ? [] : faultsOf(parsed.error);
    expect(faults[0]?.pointer).toBe(pointer);
    expect(faults[0]?.expected).not.toMatch(/expected|invalid|nonoptional/i);
  });

  it('has room in one record for a plan of every partition there may be', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const counts = { records: most, streams: most, bytes: most };
    const partitions = Array.from({ length: PARTITIONS_MAX }, (_, partition) => ({
      partition,
      from: most,
      to: most,
      read_from: most,
      ...counts,
      unrebuildable: most,
    }));
    const data = planned({ plan: { ...counts, partitions } });
    expect(accepts('operation.planned', data)).toBe(true);
    expect(JSON.stringify(data).length).toBeLessThan(RECORD_BYTES_MAX * 0.9);
  });

  it('has an example of every type', () => {
    const types = new Set(GOOD.map(([type]) => type));
    expect([...types].sort()).toEqual(eventCatalogue.map(({ type }) => type).sort());
  });

  it('names each type once, and knows no others', () => {
    expect(new Set(eventCatalogue.map(({ type }) => type)).size).toBe(eventCatalogue.length);
    expect(eventDefinitionsOf('run').has('worker.started')).toBe(false);
    expect(eventDefinitionsOf('run').has('__proto__')).toBe(false);
    expect(eventDefinitionsOf('worker').get('worker.started')?.schemaVersion).toBe(1);
  });

  it('lets only the identities of heartbeats lapse', () => {
    const transient = eventCatalogue.filter((definition) => definition.transient);
    expect(transient.map(({ type }) => type)).toEqual(['worker.heartbeat']);
  });

  it.each(eventCatalogue.map(({ type }) => type))('%s can be shown as JSON Schema', (type) => {
    const shown = z.toJSONSchema(definitionOf(type).schema, { io: 'input' });
    expect(JSON.stringify(shown)).toContain('"object"');
  });
});
