export { KINDS, PLACEHOLDERS, type Kind, type KindCounts } from './kinds.js';
export {
  createRedactionPolicy,
  MEMBER_NAME,
  REDACTION_MODES,
  SECRET_PREFIX,
  type RedactionMode,
  type RedactionOptions,
  type RedactionPolicy,
} from './policy.js';
export { DEPTH_MAX, redact, type Redacted } from './redact.js';
export { looksSecret } from './looks-secret.js';
export { REFERENCE_MEMBERS, STRUCTURAL_MEMBERS } from './structural-members.js';
