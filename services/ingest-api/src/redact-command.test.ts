import { ProblemError, type JsonValue } from '@refold/contracts';
import { createRedactionPolicy } from '@refold/redaction';
import { describe, expect, it } from 'vitest';
import type { Command } from './command.js';
import { commandRedactor } from './redact-command.js';

/** Put together here, so that no scanner takes it for a real one. */
const KEY = ['ghp', 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6'].join('_');

const commandOf = (type: string, data: JsonValue): Command => ({
  kind: 'run',
  streamId: 'r',
  type,
  data,
  eventId: 'e',
  key: null,
  principal: null,
  bound: false,
  expectedSeq: null,
  appendOnly: true,
  schemaVersion: null,
});

const redactor = commandRedactor(createRedactionPolicy(), { redacted: () => undefined });

function faultsOf(command: Command): unknown {
  try {
    return redactor(command).data;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return error.occurrence.errors?.map(({ field }) => field);
  }
}

describe('what operators ask for', () => {
  const ofOperation = (type: string, data: JsonValue): Command => ({
    ...commandOf(type, data),
    kind: 'operation',
  });

  it.each(['operation.approved', 'operation.cancel_requested'])('has no secret in %s', (type) => {
    const { data } = redactor(ofOperation(type, { reason: `it was asked for with ${KEY}` }));
    expect(data).toEqual({ reason: 'it was asked for with [REDACTED]' });
  });

  it('is otherwise the audit trail, and stays as it is', () => {
    const planned = ofOperation('operation.planned', { arguments: { subject: `run/${KEY}` } });
    expect(redactor(planned)).toBe(planned);
  });
});

describe('a structural member', () => {
  it.each([
    ['run.started', { worker_id: KEY, thread_id: `Bearer ${KEY}` }, ['/worker_id', '/thread_id']],
    ['run.message', { role: KEY, content: 'x' }, ['/role']],
    ['tool.call', { tool_name: `x ${KEY}`, tool_call_id: 't' }, ['/tool_name']],
  ])('of %s that is a secret refuses the event', (type, data, fields) => {
    expect(faultsOf(commandOf(type, data))).toEqual(fields);
  });

  it('that is personal data or an ordinary name is kept', () => {
    const data = { worker_id: '415-555-2671', thread_id: 'alice@example.com', adapter: null };
    expect(faultsOf(commandOf('run.started', data))).toBe(data);
  });

  it('of an event type of its sender is content', () => {
    const command = commandOf('my.own', { worker_id: KEY });
    expect(faultsOf(command)).toEqual({ worker_id: '[REDACTED]' });
  });
});
