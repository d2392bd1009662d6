import type { z } from 'zod';
import type { JsonValue } from '../json.js';

/** A version of an event's schema that is no longer written, and the step to the next one. */
export interface OlderVersion {
  /** What data of this version was judged by, and is for ever. */
  schema: z.ZodType;
  /** Data of this version as the next one has it. Pure and total over what {@link schema} accepts. */
  upcast(data: JsonValue): JsonValue;
}

interface Versions {
  schema: z.ZodType;
  schemaVersion: number;
  older: readonly OlderVersion[];
}

/** The schema of one version, 1 to the newest. */
export const schemaOf = ({ schema, older }: Versions, version: number): z.ZodType =>
  older[version - 1]?.schema ?? schema;

/** Valid data of one version as the newest has it; of the newest, the same value. */
export const newestData = ({ older }: Versions, version: number, data: JsonValue): JsonValue =>
  older.slice(version - 1).reduce((value, step) => step.upcast(value), data);
