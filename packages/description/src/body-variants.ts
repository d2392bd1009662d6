import {
  eventCatalogue,
  RESERVED_TYPES,
  type EventDefinition,
  type StreamKind,
} from '@refold/contracts';
import type { JsonSchema, RefOf } from './json-schema.js';

/** `run.step.completed` is `RunStepCompletedData` in documents. */
export const nameOfData = (type: string): string =>
  `${type
    .split(/[._]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}Data`;

const definitionsOf = (kind: StreamKind): EventDefinition[] =>
  eventCatalogue.filter((event) => event.kind === kind);

/** What an append is, by its type: a known one has the data of its type. */
export function appendVariants(kind: StreamKind, refOf: RefOf): JsonSchema[] {
  const known = definitionsOf(kind);
  const variants = known.map(({ type, schema, schemaVersion }) => ({
    title: type,
    properties: {
      event_type: { const: type },
      payload: { $ref: refOf(nameOfData(type)) },
      schema_version: { maximum: schemaVersion },
    },
    ...(schema.safeParse(null).success ? {} : { required: ['payload'] }),
  }));
  const types = [...known.map(({ type }) => type), ...RESERVED_TYPES];
  const other = {
    title: 'a type of your own',
    properties: {
      event_type: { not: { enum: types } },
      schema_version: { maximum: 1 },
    },
  };
  return [...variants, other];
}

/** Frames by what they become; see `frameEventOf`. */
const FRAMES = [
  {
    title: 'asks the run to stop',
    types: ['cancel', 'cancel_requested'],
    event: 'run.cancel_requested',
    members: ['reason', 'requested_by'],
  },
  {
    title: 'ends the run',
    types: ['finish', 'complete', 'run_complete', 'fail', 'error'],
    event: 'run.finished',
    members: ['reason_class', 'reason', 'reason_code', 'usage'],
  },
] as const;

const TEXT = { type: ['string', 'null'] };
const NO_TEXT = { not: { type: 'string', minLength: 1 } };

/** The members of a schema of an object, or of an object or null. */
function propertiesOf(schema: JsonSchema | undefined): JsonSchema {
  const [object] = [schema, ...((schema?.['anyOf'] ?? []) as JsonSchema[])].filter(
    (one) => one !== undefined && 'properties' in one,
  );
  return (object?.['properties'] ?? {}) as JsonSchema;
}

/** What a frame is, by its type: members that its event knows are as the event has them. */
export function frameVariants(data: Record<string, JsonSchema>, refOf: RefOf): JsonSchema[] {
  const known = FRAMES.map(({ title, types, event, members }) => {
    const all = propertiesOf(data[nameOfData(event)]);
    const properties = Object.fromEntries(members.map((member) => [member, all[member]]));
    return { title, properties: { type: { enum: types }, payload: { properties } } };
  });
  const other = {
    title: 'a text, or anything else',
    properties: {
      type: { not: { enum: FRAMES.flatMap(({ types }) => types) } },
      payload: {
        properties: { usage: { anyOf: [{ $ref: refOf('Usage') }, { type: 'null' }] } },
        anyOf: [
          { properties: { text: TEXT, delta: TEXT } },
          { properties: { text: NO_TEXT, delta: NO_TEXT } },
        ],
      },
    },
  };
  return [...known, other];
}
