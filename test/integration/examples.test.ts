/** The examples of the API's description: each satisfies its schema, and the server takes what they send. */
import { readFileSync } from 'node:fs';
import { OPERATIONS } from '@refold/contracts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMemoryPorts, openStack, type HttpStack } from './http-stack.js';

interface Example {
  schema: object;
  example?: unknown;
}

interface Described {
  parameters?: (Example & { name: string; in: string; required?: boolean })[];
  requestBody?: { content: Record<string, Example> };
  responses: Record<string, { content?: Record<string, Example> }>;
}

interface Document {
  paths: Record<string, Record<string, Described>>;
}

const file = new URL('../../docs/api/openapi.json', import.meta.url);
const document = JSON.parse(readFileSync(file, 'utf8')) as Document;

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/);
ajv.addFormat('position', true).addFormat('cursor', true).addFormat('receipt', true);
ajv.addSchema(document, 'api');

const SCHEMAS = '#/components/schemas/';

/** What an example has that its schema does not allow; null: it is as it should be. */
function faultOf({ schema, example }: Example): string | null {
  if (example === undefined) return 'there is no example';
  const placed = JSON.parse(JSON.stringify(schema).replaceAll(SCHEMAS, `api${SCHEMAS}`)) as object;
  const validate = ajv.compile(placed);
  return validate(example) ? null : ajv.errorsText(validate.errors);
}

const rows = OPERATIONS.map(({ id, method, path }) => {
  const described = document.paths[path]?.[method.toLowerCase()];
  if (described === undefined) throw new Error(`${id} is not in the document`);
  return { id, method, path, described };
});

describe('the examples in docs/api/openapi.json', () => {
  const bodies = rows.flatMap(({ id, described: { requestBody, responses } }) => [
    ...Object.entries(requestBody?.content ?? {}).map(([type, media]) => ({
      of: `${id}, ${type}`,
      media,
    })),
    ...Object.entries(responses)
      .filter(([status]) => status.startsWith('2'))
      .flatMap(([status, { content = {} }]) =>
        Object.entries(content).map(([type, media]) => ({ of: `${id} ${status}, ${type}`, media })),
      ),
  ]);

  it.each(bodies)('show a body that its schema allows: $of', ({ media }) => {
    expect(faultOf(media)).toBeNull();
  });

  it.each(rows)('show every parameter that $id does not do without', ({ described }) => {
    for (const parameter of described.parameters ?? []) {
      // A receipt is known only from an answer of the same installation.
      if (parameter.name === 'receipt') continue;
      if (parameter.required !== true && parameter.example === undefined) continue;
      expect(faultOf(parameter), parameter.name).toBeNull();
    }
  });

  it('would be refused with a mistake in them', () => {
    const media = document.paths['/internal/v1/runs']?.['post']?.requestBody?.content;
    const { schema, example } = media?.['application/json'] ?? { schema: {} };
    expect(faultOf({ schema, example: { ...(example as object), no_such: 1 } })).not.toBeNull();
    expect(faultOf({ schema, example: { ...(example as object), title: 7 } })).not.toBeNull();
    expect(faultOf({ schema })).toBe('there is no example');
  });
});

/** As a reader goes through them: what ends the run or the worker comes last. */
const WRITES: readonly [id: string, type: string, status: number][] = [
  ['registerWorker', 'application/json', 201],
  ['setWorkerStatus', 'application/json', 200],
  ['beatWorker', 'application/json', 200],
  ['createRun', 'application/json', 201],
  ['appendRunEvents', 'application/json', 201],
  ['appendRunEvents', 'application/x-ndjson', 200],
  ['appendRunFrame', 'application/json', 201],
  ['requestWorker', 'application/json', 201],
  ['appendWorkerEvent', 'application/json', 201],
  ['cancelRun', 'application/json', 201],
  ['stopWorker', 'application/json', 200],
  ['planOperation', 'application/json', 201],
  // Nobody is asked who calls here, so nobody is a second one.
  ['approveOperation', 'application/json', 409],
  ['cancelOperation', 'application/json', 200],
  ['executeOperation', 'application/json', 409],
];

/** Reads whose example cannot be asked of every server, with what they answer then. */
const UNASKED: Readonly<Record<string, string>> = {
  getReceipt: 'the receipt is one of another installation',
  getDrift: '404 while the run follows the log',
  diffGeneration: '404 while no second generation is built',
  getParked: '404 while the run follows the log',
  getDeadLetter: '404 while every record is folded',
};

describe('a server that is sent the examples', () => {
  let stack: HttpStack;

  beforeAll(async () => {
    stack = await openStack(openMemoryPorts);
  });
  afterAll(() => stack.close());

  const send = (id: string, type?: string) => {
    const row = rows.find((one) => one.id === id);
    if (row === undefined) throw new Error(`${id} is no operation`);
    const { parameters = [], requestBody } = row.described;
    const shown = parameters.filter(({ example }) => example !== undefined);
    const path = shown
      .filter((one) => one.in === 'path')
      .reduce((text, { name, example }) => text.replace(`{${name}}`, String(example)), row.path);
    const query = new URLSearchParams();
    for (const one of shown) if (one.in === 'query') query.set(one.name, String(one.example));
    const body = type === undefined ? undefined : requestBody?.content[type]?.example;
    return stack.send({
      method: row.method,
      path: query.size === 0 ? path : `${path}?${query.toString()}`,
      headers: type === undefined ? {} : { 'content-type': type },
      ...(body === undefined
        ? {}
        : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  };

  it('takes every body, in the order of the story, and then shows it', async () => {
    const written = rows.flatMap(({ id, described: { requestBody } }) =>
      Object.keys(requestBody?.content ?? {}).map((type) => `${id} ${type}`),
    );
    expect(WRITES.map(([id, type]) => `${id} ${type}`).sort()).toEqual(written.sort());
    for (const [id, type, status] of WRITES) {
      const answer = await send(id, type);
      expect(answer.status, `${id}: ${answer.text}`).toBe(status);
      for (const line of answer.body.results ?? []) expect(line.status).toBe(201);
    }
    const reads = OPERATIONS.filter(
      ({ id, method, part }) =>
        method === 'GET' &&
        part !== 'process' &&
        part !== 'description' &&
        UNASKED[id] === undefined,
    );
    for (const { id } of reads) {
      const answer = await send(id);
      expect(answer.status, `${id}: ${answer.text}`).toBe(200);
    }
    expect(reads.length).toBeGreaterThan(13);
  });
});
