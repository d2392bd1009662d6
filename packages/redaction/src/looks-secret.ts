import type { RedactionPolicy } from './policy.js';

/**
 * Whether an identifier is, or holds, a secret. An identifier cannot be replaced without naming
 * something else, so whoever takes it can only refuse it. Personal data is not looked for.
 */
export const looksSecret = (identifier: string, policy: RedactionPolicy): boolean =>
  policy.mode !== 'off' && policy.secretText(identifier, () => undefined) !== identifier;
