import type { JsonValue } from '@refold/contracts';
import { canonicalJson, eventDefinitionsOf } from '@refold/contracts';
import { fc } from '@refold/test-kit/properties';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../members.js';
import { frameEventOf, type Frame } from './frame-event.js';

const frame = (type: string, payload: JsonObject = {}): Frame => ({
  frameId: 'f-1',
  type,
  payload,
  threadId: null,
});

describe('a frame', () => {
  it.each<[string, JsonObject, string, JsonObject]>([
    ['cancel', {}, 'run.cancel_requested', { requested_by: 'control_plane' }],
    ['cancel_requested', { reason: 'r' }, 'run.cancel_requested', { reason: 'r' }],
    ['finish', {}, 'run.finished', { status: 'succeeded', reason_class: 'completed' }],
    ['complete', { status: 'failed' }, 'run.finished', { status: 'succeeded' }],
    ['run_complete', { reason: 'done' }, 'run.finished', { status: 'succeeded', reason: 'done' }],
    ['fail', {}, 'run.finished', { status: 'failed', reason_class: 'execution_failed' }],
    ['error', { reason_class: 'oom' }, 'run.finished', { status: 'failed', reason_class: 'oom' }],
    ['error', { reason_class: null }, 'run.finished', { reason_class: 'execution_failed' }],
    ['user_message', { text: 'hi' }, 'run.delta', { text: 'hi' }],
    ['anything', { delta: 'x', text: 'y' }, 'run.delta', { delta: 'x', text: 'y' }],
    ['anything', { text: '' }, 'run.frame_consumed', {}],
    ['anything', { text: 5 }, 'run.frame_consumed', {}],
    ['tick', { n: 1 }, 'run.frame_consumed', {}],
  ])('%s %j becomes %s', (type, payload, eventType, data) => {
    const event = frameEventOf(frame(type, payload));
    expect(event.type).toBe(eventType);
    expect(event.data).toMatchObject({ ...data, frame_id: 'f-1', frame_type: type });
  });

  it('keeps its payload, a text once', () => {
    const payload = { text: 'hi', usage: { input_tokens: 3 }, more: [1] };
    expect(frameEventOf(frame('user_message', payload)).data).toEqual({
      text: 'hi',
      usage: { input_tokens: 3 },
      frame_id: 'f-1',
      frame_type: 'user_message',
      payload: { usage: { input_tokens: 3 }, more: [1] },
    });
    const finish = { status: 'ok', reason: 'r' };
    expect(frameEventOf(frame('finish', finish)).data['payload']).toEqual(finish);
  });

  it('loses no member, whatever its name', () => {
    const payload = JSON.parse('{"__proto__":{"a":1},"constructor":2,"frame_id":"x"}') as never;
    const { data } = frameEventOf(frame('tick', payload));
    expect(JSON.stringify(data['payload'])).toBe(JSON.stringify(payload));
    expect(data['frame_id']).toBe('f-1');
  });

  it('becomes data that its event type takes', () => {
    for (const type of ['cancel', 'finish', 'fail', 'say', 'tick']) {
      const event = frameEventOf(frame(type, { text: 'x', n: 1 }));
      expect(eventDefinitionsOf('run').get(event.type)?.schema.validate(event.data)).toBe(true);
    }
  });

  it('becomes the event of another only if both are equal', () => {
    const value = fc.constantFrom<JsonValue>(null, '', 'a', 'completed', 'control_plane', 1, {});
    const payload = fc.dictionary(
      fc.constantFrom('text', 'delta', 'reason', 'reason_class', 'requested_by', 'status', 'n'),
      value,
      { maxKeys: 3 },
    );
    const anyFrame = fc.record({
      frameId: fc.constant('f'),
      type: fc.constantFrom('cancel', 'finish', 'complete', 'fail', 'say'),
      payload,
      threadId: fc.constantFrom(null, 't'),
    });
    const textOf = ({ type, data }: { type: string; data: JsonValue }): string =>
      `${type} ${canonicalJson(data)}`;
    fc.assert(
      fc.property(anyFrame, anyFrame, (one, other) => {
        const isSame =
          textOf({ type: one.type, data: [one.payload, one.threadId] }) ===
          textOf({ type: other.type, data: [other.payload, other.threadId] });
        expect(textOf(frameEventOf(one)) === textOf(frameEventOf(other))).toBe(isSame);
      }),
      { numRuns: 5_000 },
    );
  });
});
