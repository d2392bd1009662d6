import { faultsOf, type Fault } from '../faults.js';
import type { StreamKind } from '../ids.js';
import { findJsonFault, type JsonValue } from '../json.js';
import { fieldProblemsOf, ProblemError } from '../problem-document.js';
import { eventDefinitionsOf } from './catalogue.js';

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
 * @param base Pointer of the data inside what the caller sent. @throws ProblemError invalid_data
 */
export function checkEventData(
  kind: StreamKind,
  type: string,
  data: JsonValue,
  base: string,
): void {
  checkJson(data, base);
  const definition = eventDefinitionsOf(kind).get(type);
  if (definition === undefined || definition.schema.validate(data)) return;
  const result = definition.schema.safeParse(data);
  if (!result.success) throw invalidData(faultsOf(result.error), base);
}
