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

it('every member of every event is either structural or content', () => {
  const known = new Set(
    eventCatalogue.flatMap(({ schema }) =>
      membersOf(z.toJSONSchema(schema, { io: 'input' }) as Shape),
    ),
  );
  expect(known.size).toBeGreaterThan(40);
  expect([...STRUCTURAL_MEMBERS, ...CONTENT].sort()).toEqual([...known].sort());
});
