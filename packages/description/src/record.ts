import {
  envelopeAttributes,
  eventCatalogue,
  RESERVED_TYPES,
  STREAM_KINDS,
  type StreamKind,
} from '@refold/contracts';
import { nameOfData } from './body-variants.js';
import { dataSchemas } from './component-schemas.js';
import { inlineSchema, JSON_VALUE, jsonValueSchema, type JsonSchema } from './json-schema.js';

/** Names the schema for ever; it need not be fetched. */
export const RECORD_SCHEMA_ID = 'urn:refold:schema:record:1';

const defRef = (name: string): string => `#/$defs/${name}`;

const STREAM_ID = '[A-Za-z0-9._:-]{1,128}';

/** What follows from the type of a record. */
function variantsOf(kind: StreamKind): JsonSchema {
  const known = eventCatalogue.filter((event) => event.kind === kind);
  const variants = known.map(({ type, schema, schemaVersion }) => ({
    title: type,
    properties: {
      type: { const: type },
      data: { $ref: defRef(nameOfData(type)) },
      schemaversion: { maximum: schemaVersion },
    },
    ...(schema.safeParse(null).success ? {} : { required: ['data'] }),
  }));
  const types = [...known.map(({ type }) => type), ...RESERVED_TYPES];
  return {
    properties: { subject: { pattern: `^${kind}/${STREAM_ID}$` } },
    oneOf: [
      ...variants,
      { title: 'a type of your own', properties: { type: { not: { enum: types } } } },
    ],
  };
}

/** The value of a record, as JSON Schema: the envelope, and the data of every known type of event. */
export function recordSchema(): JsonSchema {
  const envelope = inlineSchema(envelopeAttributes, 'input', defRef);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: RECORD_SCHEMA_ID,
    title: 'Refold record',
    description:
      'The value of a Kafka record that Refold folds: a CloudEvent 1.0 in structured JSON. Its key is the ID after the slash of `subject`.',
    ...envelope,
    // Attributes that we do not know are nobody's business but their producer's.
    additionalProperties: true,
    oneOf: STREAM_KINDS.map(variantsOf),
    $defs: { ...dataSchemas(eventCatalogue, defRef), [JSON_VALUE]: jsonValueSchema(defRef) },
  };
}
