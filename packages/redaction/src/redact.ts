import type { JsonValue } from '@refold/contracts';
import { isPlaceholder, type Count, type Kind, type KindCounts } from './kinds.js';
import type { Meaning } from './member-names.js';
import type { RedactionPolicy } from './policy.js';
import { REFERENCE_MEMBERS } from './structural-members.js';

/** What is left of a value, and what was taken out of it. */
export interface Redacted<Value extends JsonValue = JsonValue> {
  /** The very same value when nothing was taken out. */
  value: Value;
  counts: KindCounts;
}

/** Deepest nesting that is looked at: what an event may have. */
export const DEPTH_MAX = 64;

type Holder = { [member: string]: JsonValue };

const isHolder = (value: JsonValue): value is Holder =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const NOTHING: KindCounts = new Map();
const NO_MEMBERS: ReadonlySet<string> = new Set();

/** Members of a JSON Schema that say what a value must be, and never hold one. */
const SCHEMA_WORDS = new Set([
  ...['type', 'title', 'description', 'format', 'pattern', 'nullable', 'optional', 'required'],
  ...['minLength', 'maxLength', 'minimum', 'maximum', 'readOnly', 'writeOnly', 'deprecated'],
  ...['properties', 'additionalProperties', 'items', '$ref', 'anyOf', 'oneOf', 'allOf'],
]);

/** `{"type": "string", "description": "…"}` under `password` describes a password and holds none. */
const isSchema = (holder: Holder): boolean =>
  ('type' in holder || '$ref' in holder || 'anyOf' in holder) &&
  Object.keys(holder).every((name) => SCHEMA_WORDS.has(name));

/** One call of {@link redact}. */
interface Walk {
  readonly policy: RedactionPolicy;
  readonly count: Count;
}

function redactValue(walk: Walk, value: JsonValue, depth: number): JsonValue {
  if (typeof value === 'string') return walk.policy.text(value, walk.count);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEPTH_MAX) throw new RangeError(`expected at most ${DEPTH_MAX} levels of nesting`);
  return Array.isArray(value)
    ? redactList(walk, value, depth)
    : redactHolder(walk, value, depth, NO_MEMBERS);
}

function redactList(walk: Walk, list: JsonValue[], depth: number): JsonValue[] {
  let copy: JsonValue[] | null = null;
  for (let at = 0; at < list.length; at++) {
    const child = list[at] as JsonValue;
    const redacted = redactValue(walk, child, depth + 1);
    if (redacted !== child) (copy ??= [...list])[at] = redacted;
  }
  return copy ?? list;
}

/** A member that is kept as it is, but for the secrets in one that says where something is. */
function redactKept({ policy, count }: Walk, name: string, value: JsonValue): JsonValue {
  const isReference = typeof value === 'string' && REFERENCE_MEMBERS.has(name);
  return isReference ? policy.secretText(value, count) : value;
}

/** @param kept Members that are not looked at, unless they are references. */
function redactHolder(
  walk: Walk,
  holder: Holder,
  depth: number,
  kept: ReadonlySet<string>,
): Holder {
  let copy: Holder | null = null;
  let names: Map<string, string> | null = null;
  for (const name in holder) {
    if (kept.has(name)) {
      const held = holder[name] as JsonValue;
      const redacted = redactKept(walk, name, held);
      if (redacted !== held) (copy ??= { ...holder })[name] = redacted;
      continue;
    }
    const rule = walk.policy.ruleOf(name);
    if (rule.kept) continue;
    const child = holder[name] as JsonValue;
    const meaning = rule.isValue ? meaningBeside(walk.policy, holder) : rule.meaning;
    const redacted =
      meaning !== null && takes(meaning, child, holder)
        ? replaced(walk, meaning, child)
        : redactValue(walk, child, depth + 1);
    // Spreading keeps an own `__proto__` as a member, and so does assigning to it afterwards.
    if (redacted !== child) (copy ??= { ...holder })[name] = redacted;
    if (!rule.clean) (names ??= new Map()).set(name, walk.policy.text(name, walk.count));
  }
  return names === null ? (copy ?? holder) : renamed(copy ?? holder, names);
}

function replaced(walk: Walk, { kind, placeholder }: Meaning, value: JsonValue): JsonValue {
  if (typeof value === 'string' && value.startsWith('[') && isPlaceholder(value)) return value;
  walk.count(kind);
  return placeholder;
}

/** What `name` or `key` says about a `value` beside it. */
function meaningBeside(policy: RedactionPolicy, holder: Holder): Meaning | null {
  const name = Object.hasOwn(holder, 'name') ? holder['name'] : holder['key'];
  return typeof name === 'string' ? policy.ruleOf(name).meaning : null;
}

/** Whether a value is what its name means. */
function takes(meaning: Meaning, value: JsonValue, holder: Holder): boolean {
  if (typeof value === 'string') {
    // A piece of text that a model weighed.
    if (!meaning.takesNumbers && 'logprob' in holder) return false;
    return value !== '' && (meaning.takes?.test(value) ?? true);
  }
  if (typeof value === 'number') return meaning.takesNumbers;
  if (typeof value !== 'object' || value === null || !meaning.takesHolders) return false;
  if (Array.isArray(value)) {
    return (
      value.length > 0 && (meaning.takesNumbers || value.some((one) => typeof one !== 'number'))
    );
  }
  return Object.keys(value).length > 0 && !isSchema(value);
}

/** The members in their order under their new names; of those that would share one, later ones are counted. */
function renamed(holder: Holder, names: ReadonlyMap<string, string>): Holder {
  const taken = new Set(Object.keys(holder).filter((name) => !names.has(name)));
  const last = new Map<string, number>();
  const free = (wanted: string): string => {
    let number = last.get(wanted) ?? 0;
    let name: string;
    do {
      number += 1;
      name = number === 1 ? wanted : `${wanted} #${number}`;
    } while (taken.has(name));
    last.set(wanted, number);
    taken.add(name);
    return name;
  };
  const result: Holder = {};
  for (const name in holder) {
    const wanted = names.get(name);
    Object.defineProperty(result, wanted === undefined ? name : free(wanted), {
      value: holder[name],
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return result;
}

/**
 * Takes out of a JSON value what the policy says. Pure: the same value and policy give the same result,
 * and redacting a result changes nothing. Members keep their order, also one named `__proto__`.
 * @param structural Members at the top of the value that are kept as they are; secrets are taken out of the
 * {@link REFERENCE_MEMBERS} among them.
 * @throws RangeError when the value is nested deeper than {@link DEPTH_MAX}.
 */
export function redact<Value extends JsonValue>(
  value: Value,
  policy: RedactionPolicy,
  structural: ReadonlySet<string> = NO_MEMBERS,
): Redacted<Value> {
  if (policy.mode === 'off') return { value, counts: NOTHING };
  let counts: Map<Kind, number> | null = null;
  const count: Count = (kind) => {
    counts ??= new Map();
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  };
  const walk = { policy, count };
  const redacted = isHolder(value)
    ? redactHolder(walk, value, 1, structural)
    : redactValue(walk, value, 1);
  return { value: redacted as Value, counts: counts ?? NOTHING };
}
