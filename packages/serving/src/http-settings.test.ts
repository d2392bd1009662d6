import { HTTP_LIMITS, readConfig, defineConfig } from '@refold/service';
import { PUBLISHER_LIMITS } from '@refold/pipeline';
import { expect, it } from 'vitest';
import { checkHttpLimits, httpLimitsOf, httpSettings } from './http-settings.js';

const table = defineConfig('test', httpSettings, [checkHttpLimits]);

it('has the limits of a server as its defaults', () => {
  const reading = readConfig(table, {});
  expect(reading.ok && httpLimitsOf(reading.config)).toEqual(HTTP_LIMITS);
});

it('gives a server every limit that was set', () => {
  const environment = {
    REFOLD_BODY_BYTES_MAX: '2MiB',
    REFOLD_BATCH_BYTES_MAX: '3MiB',
    REFOLD_HEADER_BYTES_MAX: '5KiB',
    REFOLD_URL_LENGTH_MAX: '1024',
    REFOLD_CONNECTIONS_MAX: '11',
    REFOLD_REQUESTS_MAX: '12',
    REFOLD_REQUEST_BYTES_MAX: '4MiB',
    REFOLD_LOOP_DELAY_MS_MAX: '0',
    REFOLD_KEEP_ALIVE_MS: '1001',
    REFOLD_HEADER_MS_MAX: '1002',
    REFOLD_REQUEST_MS_MAX: '1003',
    REFOLD_STILL_MS_MAX: '90001',
  };
  const reading = readConfig(table, environment);
  expect(reading.ok && httpLimitsOf(reading.config)).toEqual({
    bodyBytesMax: 2_097_152,
    batchBytesMax: 3_145_728,
    headerBytesMax: 5_120,
    urlLengthMax: 1_024,
    connectionsMax: 11,
    requestsMax: 12,
    requestBytesMax: 4_194_304,
    loopDelayMsMax: 0,
    keepAliveMs: 1_001,
    headerMsMax: 1_002,
    requestMsMax: 1_003,
    stillMsMax: 90_001,
  });
});

it('takes no batch that a publisher could not hold', () => {
  const unitBytes = 3;
  const batch = (size: string) => readConfig(table, { REFOLD_BATCH_BYTES_MAX: size });
  const largest = batch('16MiB');
  const held = largest.ok ? largest.config.batchBytesMax * unitBytes : Infinity;
  // A thousand envelopes of 4 KiB, counted like the rest.
  expect(held + 1_000 * 4_096 * unitBytes).toBeLessThan(PUBLISHER_LIMITS.bytesMax);
  expect(batch('17MiB')).toMatchObject({
    ok: false,
    problems: [{ env: 'REFOLD_BATCH_BYTES_MAX' }],
  });
});

it.each([
  [{ REFOLD_URL_LENGTH_MAX: '16384' }, 'REFOLD_URL_LENGTH_MAX', 'REFOLD_HEADER_BYTES_MAX'],
  [{ REFOLD_BODY_BYTES_MAX: '9MiB' }, 'REFOLD_BATCH_BYTES_MAX', 'REFOLD_BODY_BYTES_MAX'],
  [{ REFOLD_REQUEST_BYTES_MAX: '7MiB' }, 'REFOLD_REQUEST_BYTES_MAX', 'REFOLD_BATCH_BYTES_MAX'],
])('refuses bounds that cannot be reached: %o', (environment, env, other) => {
  const reading = readConfig(table, environment);
  expect(reading.ok ? [] : reading.problems).toMatchObject([
    { env, expected: expect.stringContaining(other) as string },
  ]);
});
