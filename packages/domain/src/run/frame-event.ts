import type { JsonValue } from '@refold/contracts';
import type { JsonObject } from '../members.js';

/** An input of a run, as its sender made it. */
export interface Frame {
  frameId: string;
  /** What the sender calls it: `cancel`, `complete`, `user_message`, … */
  type: string;
  payload: JsonObject;
  threadId: string | null;
}

/** The event that a frame becomes. */
export interface FrameEvent {
  type: string;
  data: JsonObject;
}

/** What a kind of frame becomes, and which members of its payload the event itself knows. */
interface FrameRule {
  type: string;
  /** Members of the event that the kind of frame decides. */
  fixed: JsonObject;
  /** Members of the event where the payload does not say. */
  otherwise: JsonObject;
  copied: readonly string[];
  /** Taken out of the payload: a text is not stored twice. */
  moved: readonly string[];
}

const REASONS = ['reason_class', 'reason', 'reason_code', 'usage'];

const CANCEL: FrameRule = {
  type: 'run.cancel_requested',
  fixed: {},
  otherwise: { requested_by: 'control_plane' },
  copied: ['reason', 'requested_by'],
  moved: [],
};
const FINISH: FrameRule = {
  type: 'run.finished',
  fixed: { status: 'succeeded' },
  otherwise: { reason_class: 'completed' },
  copied: REASONS,
  moved: [],
};
const FAIL: FrameRule = {
  type: 'run.finished',
  fixed: { status: 'failed' },
  otherwise: { reason_class: 'execution_failed' },
  copied: REASONS,
  moved: [],
};
const TEXT: FrameRule = {
  type: 'run.delta',
  fixed: {},
  otherwise: {},
  copied: ['usage'],
  moved: ['delta', 'text'],
};
const OTHER: FrameRule = { ...TEXT, type: 'run.frame_consumed', moved: [] };

const RULES: ReadonlyMap<string, FrameRule> = new Map([
  ['cancel', CANCEL],
  ['cancel_requested', CANCEL],
  ['finish', FINISH],
  ['complete', FINISH],
  ['run_complete', FINISH],
  ['fail', FAIL],
  ['error', FAIL],
]);

const isText = (value: JsonValue | undefined): boolean => typeof value === 'string' && value !== '';

const ruleOf = ({ type, payload }: Frame): FrameRule =>
  RULES.get(type) ?? (isText(payload['text']) || isText(payload['delta']) ? TEXT : OTHER);

const pick = (payload: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(
    Object.entries(payload).filter(([name, value]) => names.includes(name) && value !== null),
  );

/**
 * The event that a frame becomes. Pure, and two frames become equal events only if type, payload and
 * thread are equal; so an equal frame again is the same claim, and another one under its ID is not.
 */
export function frameEventOf(frame: Frame): FrameEvent {
  const { frameId, type, payload, threadId } = frame;
  const rule = ruleOf(frame);
  const moved = pick(payload, rule.moved);
  const rest = Object.entries(payload).filter(([name]) => !Object.hasOwn(moved, name));
  return {
    type: rule.type,
    data: {
      ...rule.otherwise,
      ...pick(payload, rule.copied),
      ...rule.fixed,
      ...moved,
      frame_id: frameId,
      frame_type: type,
      ...(threadId === null ? {} : { thread_id: threadId }),
      payload: Object.fromEntries(rest),
    },
  };
}
