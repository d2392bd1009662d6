import { findJsonFault, type JsonValue } from '@refold/contracts';
import type { JsonObject } from './trace.js';

/** True for an object that is no array. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An own member; undefined when the value is no object or has none of this name. */
export const memberOf = (value: unknown, name: string): JsonValue | undefined =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;

/** A member that is a text with something in it besides white space. */
export function textOf(value: unknown, name: string): string | undefined {
  const member = memberOf(value, name);
  return typeof member === 'string' && member.trim() !== '' ? member : undefined;
}

/** A member that is a finite number. */
export function numberOf(value: unknown, name: string): number | undefined {
  const member = memberOf(value, name);
  return typeof member === 'number' && Number.isFinite(member) ? member : undefined;
}

/** A member that is an array; empty when it is anything else. */
export function arrayOf(value: unknown, name: string): JsonValue[] {
  const member = memberOf(value, name);
  return Array.isArray(member) ? member : [];
}

/** The named members that are a text, a boolean or a number that JSON carries exactly. */
export function scalarsOf(value: unknown, names: readonly string[]): JsonObject {
  const kept = names.flatMap((name): [string, JsonValue][] => {
    const member = memberOf(value, name);
    if (member === undefined || member === null || typeof member === 'object') return [];
    return findJsonFault(member) === null ? [[name, member]] : [];
  });
  return Object.fromEntries(kept);
}

/**
 * Arguments of a tool call: JSON in a text where it is JSON that can be kept exactly, else the
 * text as it stands. A model may write anything here.
 */
export function argumentsOf(given: JsonValue | undefined): JsonValue {
  if (typeof given !== 'string') return given ?? null;
  try {
    const parsed = JSON.parse(given) as JsonValue;
    return findJsonFault(parsed) === null ? parsed : given;
  } catch {
    return given;
  }
}
