import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { missingBackendFails, useKafka, useRedis } from './chooser.js';

// What these tests choose is nothing that the suite ran against.
beforeEach(() => vi.stubEnv('REFOLD_TEST_REPORT', undefined));
afterEach(() => vi.unstubAllEnvs());

test('an installation named by the environment is used as it is and left alone', async () => {
  vi.stubEnv('REFOLD_TEST_KAFKA', 'one:9092,two:9092');
  vi.stubEnv('REFOLD_TEST_REDIS', 'cache:6379');
  const said = vi.spyOn(console, 'log').mockImplementation(() => {});
  const kafka = await useKafka();
  const redis = await useRedis();
  expect(kafka).toMatchObject({ source: 'environment', brokers: ['one:9092', 'two:9092'] });
  expect(redis).toMatchObject({ source: 'environment', url: 'redis://cache:6379' });
  expect(said.mock.calls.flat()).toEqual([
    'backend kafka: environment at one:9092,two:9092',
    'backend redis: environment at redis://cache:6379',
  ]);
});

test.each([
  ['true', true],
  ['1', true],
  ['false', false],
  ['', false],
])('with CI=%j a missing backend fails: %j', (value, fails) => {
  vi.stubEnv('CI', value);
  expect(missingBackendFails()).toBe(fails);
});
