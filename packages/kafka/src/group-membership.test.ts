import { expect, test } from 'vitest';
import { isPassing } from './group-membership.js';

const named = (name: string, cause?: Error): Error =>
  Object.assign(new Error(name, { cause }), { name });
const typed = (type: string): Error =>
  Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type });

test('a lost coordinator or connection is passing, however deep it lies', () => {
  expect(isPassing(named('KafkaJSGroupCoordinatorNotFound'))).toBe(true);
  expect(isPassing(named('KafkaJSNonRetriableError', named('KafkaJSConnectionError')))).toBe(true);
});

test('a refusal of the broker is final, also when it ended many retries', () => {
  expect(isPassing(typed('INCONSISTENT_GROUP_PROTOCOL'))).toBe(false);
  const refused = named('KafkaJSNumberOfRetriesExceeded', typed('GROUP_MAX_SIZE_REACHED'));
  expect(isPassing(refused)).toBe(false);
});

test('a right that was taken away and a password that was changed are waited for', () => {
  const refused = named('KafkaJSNonRetriableError', typed('GROUP_AUTHORIZATION_FAILED'));
  expect(isPassing(refused)).toBe(true);
  expect(isPassing(typed('TOPIC_AUTHORIZATION_FAILED'))).toBe(true);
  expect(isPassing(named('KafkaJSSASLAuthenticationError'))).toBe(true);
});

test('what nobody knows is final: the process ends and says why', () => {
  expect(isPassing(new TypeError('undefined is not a function'))).toBe(false);
  expect(isPassing('a string')).toBe(false);
});
