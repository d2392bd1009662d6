import { eventCatalogue } from '@refold/contracts';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { STRUCTURAL_MEMBERS } from '@refold/redaction';

/** Members that people and models write: they are redacted. */
const CONTENT = new Set([
  ...['budget', 'content', 'delta', 'error_message', 'input', 'labels', 'loop_detected_reason'],
  ...['message', 'metadata', 'metadata_patch', 'output', 'params', 'policy', 'progress', 'reason'],
  ...['requested_by', 'text', 'title'],
]);

interface Shape {
  properties?: Record<string, unknown>;
  anyOf?: Shape[];
}

const membersOf = (shape: Shape): string[] => [
  ...Object.keys(shape.properties ?? {}),
  ...(shape.anyOf ?? []).flatMap(membersOf),
];

// What operators do does not pass this door, and its members must not keep theirs from being redacted.
const written = eventCatalogue.filter(({ kind }) => kind !== 'operation');

it('every member of every event of this door is either structural or content', () => {
  const known = new Set(
    written.flatMap(({ schema }) => membersOf(z.toJSONSchema(schema, { io: 'input' }) as Shape)),
  );
  expect(known.size).toBeGreaterThan(40);
  expect([...STRUCTURAL_MEMBERS, ...CONTENT].sort()).toEqual([...known].sort());
});
