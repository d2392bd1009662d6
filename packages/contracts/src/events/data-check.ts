import { faultsOf, type Fault } from '../faults.js';
import type { StreamKind } from '../ids.js';
import { findJsonFault, type JsonValue } from '../json.js';
import { fieldProblemsOf, ProblemError } from '../problem-document.js';
import { eventDefinitionsOf } from './catalogue.js';
import { schemaOf } from './older-version.js';

function invalidData(faults: readonly Fault[], base: string): ProblemError {
  const errors = fieldProblemsOf(faults, base);
  const [first] = errors;
  return new ProblemError('invalid_data', {
    detail: `${first?.field ?? base}: expected ${first?.expected ?? 'something else'}.`,
    errors,
  });
}

/** Refuses JSON that no event may carry, whatever its type. @throws ProblemError invalid_data */
export function checkJson(data: JsonValue, base: string): void {
  const fault = findJsonFault(data);
  if (fault !== null) throw invalidData([fault], base);
}

/**
 * Refuses data that no version of the rules could accept.
 * @param base Pointer of the data inside what the caller sent.
 * @param schemaVersion Of the data, known to this build; null is 1, as in a record.
 * @throws ProblemError invalid_data
 */
export function checkEventData(
  kind: StreamKind,
  type: string,
  data: JsonValue,
  base: string,
  schemaVersion: number | null = null,
): void {
  checkJson(data, base);
  const definition = eventDefinitionsOf(kind).get(type);
  if (definition === undefined) return;
  const schema = schemaOf(definition, schemaVersion ?? 1);
  if (schema.validate(data)) return;
  const result = schema.safeParse(data);
  if (!result.success) throw invalidData(faultsOf(result.error), base);
}
