import { OPERATIONS, type Operation } from '@refold/contracts';
import { openApiDocument, type JsonSchema } from '@refold/description';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

/** A request and its reply, as both went over the wire. */
export interface Exchange {
  method: string;
  /** With its query. */
  path: string;
  payload: string | Buffer | undefined;
  requestType: string | undefined;
  status: number;
  headers: Readonly<Record<string, unknown>>;
  text: string;
}

interface Media {
  schema: JsonSchema;
}

interface Reply {
  content?: Record<string, Media>;
  headers?: Record<string, { required?: boolean; schema?: JsonSchema; $ref?: string }>;
}

interface Described {
  row: Operation;
  expression: RegExp;
  responses: Record<string, Reply>;
  requestBody?: { content: Record<string, Media> };
}

const PREFIX = '#/components/schemas/';
const API = 'api:';

/** Replies may gain members; ours have none that is not described. Those of `sent` schemas are closed already. */
function closed(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (_member, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const isOpen =
      'properties' in value && 'required' in value && !('additionalProperties' in value);
    const isPart = 'anyOf' in value || 'oneOf' in value || !('type' in value);
    return isOpen && !isPart ? { ...value, additionalProperties: false } : value;
  }) as JsonSchema;
}

/** Judges what suites send and receive by the published description. */
export function replyCheck(authentication: boolean): (exchange: Exchange) => void {
  const document = openApiDocument({
    parts: ['write', 'read', 'operate', 'description', 'process'],
    authentication,
  });
  const { components, paths } = document as {
    components: {
      schemas: Record<string, JsonSchema>;
      headers: Record<string, { schema: JsonSchema }>;
    };
    paths: Record<string, Record<string, Omit<Described, 'row' | 'expression'>>>;
  };
  const ajv = new Ajv2020({ strictTypes: false, strictRequired: false, allErrors: true });
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/);
  ajv.addFormat('position', true).addFormat('cursor', true).addFormat('receipt', true);
  const defs = Object.entries(components.schemas).map(([name, schema]) => [name, closed(schema)]);
  const relocated = (schema: unknown): JsonSchema =>
    JSON.parse(JSON.stringify(schema).replaceAll(PREFIX, `${API}#/$defs/`)) as JsonSchema;
  ajv.addSchema({ $id: API, $defs: relocated(Object.fromEntries(defs)) });

  const compiled = new Map<JsonSchema, ValidateFunction>();
  const faultOf = (schema: JsonSchema, value: unknown): string | null => {
    let validate = compiled.get(schema);
    if (validate === undefined) compiled.set(schema, (validate = ajv.compile(relocated(schema))));
    return validate(value) ? null : ajv.errorsText(validate.errors);
  };

  const described = OPERATIONS.map((row): Described => {
    const operation = paths[row.path]?.[row.method.toLowerCase()];
    if (operation === undefined) throw new Error(`${row.id} is not in the document`);
    const expression = new RegExp(`^${row.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
    return { ...operation, row, expression };
  });

  const headerFault = (name: string, reply: Reply, headers: Exchange['headers']): string | null => {
    const described = reply.headers?.[name];
    const header = described?.$ref === undefined ? described : components.headers[name];
    const { required = false, schema } = (header ?? {}) as {
      required?: boolean;
      schema?: JsonSchema;
    };
    const value = headers[name.toLowerCase()];
    if (value === undefined) return required ? `the header ${name} is missing` : null;
    const typed = schema?.['type'] === 'integer' ? Number(value) : value;
    const fault = schema === undefined ? null : faultOf(schema, typed);
    return fault === null ? null : `the header ${name}: ${fault}`;
  };

  const bodyFault = (reply: Reply, { headers, text }: Exchange): string | null => {
    const contentType = headers['content-type'];
    const type = typeof contentType === 'string' ? (contentType.split(';', 1)[0] ?? '') : '';
    if (reply.content === undefined) return text === '' ? null : 'a body is not described';
    const media = reply.content[type];
    if (media === undefined) return `the media type ${type} is not described`;
    return faultOf(
      media.schema,
      type.endsWith('json') && !type.endsWith('x-ndjson') ? JSON.parse(text) : text,
    );
  };

  /** What was taken must be described as possible; what was refused for its form must not. */
  const requestFault = (
    operation: Described,
    { payload, requestType, status, text }: Exchange,
  ): string | null => {
    const media = operation.requestBody?.content['application/json'];
    if (
      media === undefined ||
      payload === undefined ||
      payload.length === 0 ||
      requestType !== 'application/json'
    )
      return null;
    if (status < 300) return faultOf(media.schema, JSON.parse(String(payload)));
    if (status !== 400 || !/"code":"invalid_(?:request|data)"/.test(text)) return null;
    const { errors = [] } = JSON.parse(text) as { errors?: { field: string }[] };
    const isOfBody = errors.some(({ field }) => field === '' || field.startsWith('/'));
    if (!isOfBody || UNDESCRIBABLE.test(text)) return null;
    const fault = faultOf(media.schema, JSON.parse(String(payload)));
    return fault === null ? 'a body that the description allows was refused' : null;
  };

  return (exchange) => {
    const { method, status } = exchange;
    const path = exchange.path.split('?', 1)[0] ?? '';
    const here = described.filter(({ expression }) => expression.test(path));
    const asked = method === 'HEAD' ? 'GET' : method;
    const operation = here.find(({ row }) => row.method === asked);
    const said = `${method} ${exchange.path} → ${status} ${exchange.text.slice(0, 500)}`;
    if (operation === undefined) {
      const expected = here.length === 0 ? [401, 404] : [204, 401, 405];
      if (expected.includes(status) || status === 400) return;
      throw new Error(`${said}\nis no operation: expected ${expected.join(' or ')}`);
    }
    const reply = operation.responses[String(status)];
    if (reply === undefined) throw new Error(`${said}\n${operation.row.id} has no such status`);
    const faults = [
      ...Object.keys(reply.headers ?? {}).map((name) => headerFault(name, reply, exchange.headers)),
      method === 'HEAD' ? null : bodyFault(reply, exchange),
      requestFault(operation, exchange),
    ].filter((fault) => fault !== null);
    if (faults.length > 0) throw new Error(`${said}\n${operation.row.id}: ${faults.join('; ')}`);
  };
}

/** Why a body may be refused that its schema allows: the header beside it, depth, what is a
 * secret, calendars, durations, files, which streams a projection has, which projection has runs, and what belongs to a verb. */
const UNDESCRIBABLE =
  /the same key as in the Idempotency-Key header|levels of nesting|that is no secret itself|With its secrets and personal data replaced|a time such as|a duration such as|rows of |the subject of a stream|a target that the verb takes|the projection of runs|no share: |expected partitions /;
