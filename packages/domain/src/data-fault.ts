import {
  eventDefinitionsOf,
  faultsOf,
  newestData,
  schemaOf,
  type EventDefinition,
  type JsonValue,
  type RefusalDetail,
  type StreamKind,
} from '@refold/contracts';
import { type Rules, SchemaVersionUnknown } from './decider.js';

type SchemaRules = Pick<Rules, 'transient' | 'schemaVersionOf' | 'findDataFault' | 'newestDataOf'>;

/** What the catalogue of events says about a kind of stream, as the rules ask for it. */
export const schemaRulesOf = (kind: StreamKind): SchemaRules =>
  schemaRulesBy(eventDefinitionsOf(kind));

/** The same of any definitions, by event type. */
export function schemaRulesBy(definitions: ReadonlyMap<string, EventDefinition>): SchemaRules {
  return {
    transient: new Set([...definitions.values()].filter((d) => d.transient).map((d) => d.type)),
    schemaVersionOf: (type) => definitions.get(type)?.schemaVersion,
    findDataFault(type: string, schemaVersion: number, data: JsonValue): RefusalDetail | null {
      const definition = definitions.get(type);
      if (definition === undefined) return null;
      if (schemaVersion > definition.schemaVersion) {
        throw new SchemaVersionUnknown(type, schemaVersion, definition.schemaVersion);
      }
      const schema = schemaOf(definition, schemaVersion);
      if (schema.validate(data)) return null;
      const parsed = schema.safeParse(data);
      if (parsed.success) return null;
      const fault = faultsOf(parsed.error)[0];
      return { pointer: fault?.pointer ?? '', expected: fault?.expected ?? 'valid data' };
    },
    newestDataOf(type, schemaVersion, data) {
      const definition = definitions.get(type);
      if (definition === undefined || schemaVersion >= definition.schemaVersion) return data;
      return newestData(definition, schemaVersion, data);
    },
  };
}
