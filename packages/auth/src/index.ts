export { createKey, KEY_NAME, KEY_PREFIX, type NewKey } from './api-key.js';
export * from './authenticator.js';
export { NAMES_MAX, type BindingMembers } from './bindings.js';
export * from './caller.js';
export * from './refusals.js';
