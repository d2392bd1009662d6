import {
  eventDefinitionsOf,
  faultsOf,
  type JsonValue,
  type RefusalDetail,
  type StreamKind,
} from '@refold/contracts';
import { type Rules, SchemaVersionUnknown } from './decider.js';

type SchemaRules = Pick<Rules, 'transient' | 'schemaVersionOf' | 'findDataFault'>;

/** What the catalogue of events says about a kind of stream, as the rules ask for it. */
export function schemaRulesOf(kind: StreamKind): SchemaRules {
  const definitions = eventDefinitionsOf(kind);
  return {
    transient: new Set([...definitions.values()].filter((d) => d.transient).map((d) => d.type)),
    schemaVersionOf: (type) => definitions.get(type)?.schemaVersion,
    findDataFault(type: string, schemaVersion: number, data: JsonValue): RefusalDetail | null {
      const definition = definitions.get(type);
      if (definition === undefined) return null;
      if (schemaVersion > definition.schemaVersion) {
        throw new SchemaVersionUnknown(type, schemaVersion, definition.schemaVersion);
      }
      if (definition.schema.validate(data)) return null;
      const parsed = definition.schema.safeParse(data);
      if (parsed.success) return null;
      const fault = faultsOf(parsed.error)[0];
      return { pointer: fault?.pointer ?? '', expected: fault?.expected ?? 'valid data' };
    },
  };
}
