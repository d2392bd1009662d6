import { fc } from '@refold/test-kit/properties';
import { describe, expect, it } from 'vitest';
import { canonicalJson, findJsonFault, JSON_DEPTH_MAX, jsonText, type JsonValue } from './json.js';

const nested = (levels: number): JsonValue =>
  JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as JsonValue;

describe('findJsonFault', () => {
  it('passes every JSON value of bounded depth and exact numbers', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const exact = JSON.stringify(value, (_, v: unknown) =>
          typeof v === 'number' && Math.abs(v) > Number.MAX_SAFE_INTEGER ? 0 : v,
        );
        expect(findJsonFault(JSON.parse(exact) as JsonValue)).toBeNull();
      }),
    );
  });

  it.each([
    ['9007199254740992', ''],
    ['-9007199254740992', ''],
    ['{"a":[1,{"b/c~d":1e300}]}', '/a/1/b~1c~0d'],
    ['[[[9007199254740993]], 9007199254740992]', '/0/0/0'],
    ['{"__proto__":9007199254740992}', '/__proto__'],
  ])('finds the first inexact number of %s', (text, pointer) => {
    expect(findJsonFault(JSON.parse(text) as JsonValue)).toEqual({
      pointer,
      expected: 'a number between -(2^53-1) and 2^53-1; send larger ones as strings',
    });
  });

  it.each(['9007199254740991', '-9007199254740991', '[0.1, 1e-300, -0]', 'null', '"9e99"'])(
    'passes %s',
    (text) => expect(findJsonFault(JSON.parse(text) as JsonValue)).toBeNull(),
  );

  it('counts levels, and does not overflow on any depth', () => {
    expect(findJsonFault(nested(JSON_DEPTH_MAX))).toBeNull();
    expect(findJsonFault(nested(JSON_DEPTH_MAX + 1))).toEqual({
      pointer: '/0'.repeat(JSON_DEPTH_MAX),
      expected: 'at most 64 levels of nesting',
    });
    expect(findJsonFault(nested(200_000))).not.toBeNull();
  });

  it('refuses what is no JSON number', () => {
    expect(findJsonFault(Number.NaN)).not.toBeNull();
    expect(findJsonFault([Number.POSITIVE_INFINITY])).not.toBeNull();
  });
});

/** Gives every object its members in another order. */
const shuffled = (value: JsonValue): JsonValue => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(shuffled);
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([name, child]) => [name, shuffled(child)]));
};

describe('jsonText', () => {
  it('writes every text as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(jsonText(text)).toBe(JSON.stringify(text));
      }),
    );
    const units = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit));
    expect(units.map(jsonText)).toEqual(units.map((unit) => JSON.stringify(unit)));
  });
});

describe('canonicalJson', () => {
  it('writes members in code-unit order', () => {
    const value = JSON.parse('{"b":[],"a":{"z":1,"Z":null,"é":"\\ud800"},"":{}}') as JsonValue;
    expect(canonicalJson(value)).toBe('{"":{},"a":{"Z":null,"z":1,"é":"\\ud800"},"b":[]}');
  });

  it('does not depend on the order of members, and loses nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (json) => {
        const value = JSON.parse(JSON.stringify(json)) as JsonValue;
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(value);
      }),
    );
  });

  it('tells different values apart', () => {
    const texts = ['[1,2]', '[2,1]', '["1",2]', '{"0":1}', '[[1],2]', '{}', '[]', 'null', '""'];
    const canonical = texts.map((text) => canonicalJson(JSON.parse(text) as JsonValue));
    expect(new Set(canonical).size).toBe(texts.length);
  });

  it('keeps a member called __proto__', () => {
    const value = JSON.parse('{"__proto__":{"a":1},"constructor":2}') as JsonValue;
    expect(canonicalJson(value)).toBe('{"__proto__":{"a":1},"constructor":2}');
  });

  it('takes any depth', () => {
    expect(canonicalJson(nested(200_000))).toHaveLength(400_000);
  });

  it('writes what lies deep as it writes what does not', () => {
    const value = JSON.parse('{"b":[1,{"d":null,"c":"x"},[]],"a":{}}') as JsonValue;
    let deep = value;
    for (let depth = 0; depth <= JSON_DEPTH_MAX; depth++) deep = [deep];
    const brackets = JSON_DEPTH_MAX + 1;
    const inside = canonicalJson(deep).slice(brackets, -brackets);
    expect(inside).toBe('{"a":{},"b":[1,{"c":"x","d":null},[]]}');
    expect(inside).toBe(canonicalJson(value));
  });
});
