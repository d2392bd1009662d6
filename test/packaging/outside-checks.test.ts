import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingBackendFails } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { ROOT } from './support/compose-file.js';
import { complaintOf, findTool } from './support/outside-tool.js';

/** A file, the program that knows its kind, and a change that the program has to refuse. */
const CHECKS = [
  {
    file: 'docker-compose.yml',
    tool: 'check-jsonschema',
    args: ['--builtin-schema', 'vendor.compose-spec'],
    break: (text: string) => text.replace('healthcheck:', 'healthchek:'),
  },
  {
    file: 'Dockerfile',
    tool: 'hadolint',
    args: [],
    break: (text: string) => text.replace('WORKDIR /app', 'WORKDIR app'),
  },
  {
    file: '.github/workflows/ci.yml',
    tool: 'actionlint',
    args: [],
    break: (text: string) => text.replace('runs-on:', 'runs-an:'),
  },
];

describe.each(CHECKS)('$file', ({ file, tool, args, break: spoil }) => {
  it.skipIf(!missingBackendFails() && findTool(tool) === null)(
    `is as ${tool} wants it, and turns red when broken`,
    () => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      expect(complaintOf(tool, [...args, file])).toBeNull();
      expect(spoil(text)).not.toBe(text);
      expect(complaintOf(tool, [...args, '-'], spoil(text))).not.toBeNull();
    },
  );
});
