import { expect, it } from 'vitest';
import { findProofs, summaryOf } from './proofs.mjs';

it('takes the first sentence of the opening comment as the summary of a proof', () => {
  expect(summaryOf('/**\n * Kills the owner\n * at any await. And more.\n */\nimport x')).toBe(
    'Kills the owner at any await.',
  );
  expect(summaryOf(`import x\n/** Later. */\ndescribe('kills', () => {`)).toBe('kills');
  expect(summaryOf('import x')).toBe('');
});

it('gives every proof a name of its own and a summary', () => {
  const proofs = findProofs();
  expect(new Set(proofs.map((p) => p.name)).size).toBe(proofs.length);
  expect(proofs.filter((p) => p.summary === '').map((p) => p.path)).toEqual([]);
});
