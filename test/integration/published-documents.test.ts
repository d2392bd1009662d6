import { readFileSync } from 'node:fs';
import asyncApi from '@asyncapi/specs';
import { Ajv } from 'ajv';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';

const published = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`../../docs/api/${name}`, import.meta.url), 'utf8')) as Record<
    string,
    unknown
  >;

describe('docs/api/openapi.json', () => {
  const document = published('openapi.json');

  it('is an OpenAPI 3.1 document', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document));
    expect(result.errors).toBeUndefined();
    expect([result.valid, validator.version]).toEqual([true, '3.1']);
  });

  it('would be refused with a mistake in it', async () => {
    const broken = { ...structuredClone(document), paths: { 'no-slash': {} } };
    expect((await new Validator().validate(broken)).valid).toBe(false);
  });

  it('refers to nothing that it does not have, and has nothing of its own beside the standard', () => {
    const text = JSON.stringify(document);
    const names = [...text.matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)];
    expect(names.length).toBeGreaterThan(100);
    const { components } = document as { components: Record<string, Record<string, unknown>> };
    const dangling = names.filter(
      ([, kind = '', name = '']) => components[kind]?.[name] === undefined,
    );
    expect(dangling.map(([ref]) => ref)).toEqual([]);
    expect(text.match(/"x-[a-z]/g)).toBeNull();
  });
});

describe('docs/api/asyncapi.json', () => {
  const document = published('asyncapi.json');
  const schema = asyncApi.schemas['3.0.0'];
  const ajv = new Ajv({
    strict: false,
    validateFormats: false,
    meta: false,
    validateSchema: false,
  });
  const validate = ajv.compile(schema as object);

  it('is an AsyncAPI 3 document', () => {
    expect(validate(document) ? null : ajv.errorsText(validate.errors)).toBeNull();
  });

  it('would be refused with a mistake in it', () => {
    expect(validate({ ...document, channels: { runs: { addres: 'x' } } })).toBe(false);
  });
});
