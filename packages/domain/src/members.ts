import type { JsonValue } from '@refold/contracts';

/** A JSON object. */
export type JsonObject = { [member: string]: JsonValue };

export const isJsonObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const EMPTY: JsonObject = Object.freeze({});

/** The members of an event's data; none when the data is no object. Never changed by the caller. */
export const membersOf = (data: JsonValue): JsonObject => (isJsonObject(data) ? data : EMPTY);
