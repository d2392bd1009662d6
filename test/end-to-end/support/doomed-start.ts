import { expect } from 'vitest';
import { parseLines } from './log-lines.js';
import { serviceProgram } from './program.js';
import type { ServiceSpec } from './service-process.js';

const END_BOUND_MS = 30_000;

/**
 * Starts a service that must not work, and returns the reason it gave when it ended.
 * Fails unless it ends by itself with 1, after exactly one fatal line.
 */
export async function doomedStart(
  service: ServiceSpec['service'],
  settings: Readonly<Record<string, string>>,
): Promise<string> {
  const program = serviceProgram(service, settings);
  const ending = await program.finished(END_BOUND_MS).catch(async (error: unknown) => {
    await program.kill();
    throw error;
  });
  expect(ending).toEqual({ code: 1, signal: null });
  const fatal = parseLines(program.out).filter(({ level }) => level === 'fatal');
  expect(fatal).toHaveLength(1);
  return (fatal[0]?.['err'] as { message: string }).message;
}
