import { describe, expect, it } from 'vitest';
import { address, url } from './address.js';
import { describeConfig } from './describe-config.js';
import { choice, duration, flag, integer, list, size, text } from './parsers.js';
import { readConfig, writeProblems } from './read-config.js';
import { defineConfig } from './setting.js';

const table = defineConfig('sample', {
  bind: { env: 'SAMPLE_BIND', parser: address(), default: '127.0.0.1:4100', description: 'Where.' },
  linger: {
    env: 'SAMPLE_LINGER',
    parser: duration({ min: 0, max: 60_000 }),
    default: '2ms',
    unit: 'ms',
    description: 'How long | to wait.',
  },
  brokers: { env: 'SAMPLE_BROKERS', parser: list(address()), description: 'Kafka.' },
  token: { env: 'SAMPLE_TOKEN', parser: text(), required: true, secret: true, description: 'Key.' },
});

const GOOD = { SAMPLE_TOKEN: 'hush' };

describe('readConfig', () => {
  it('reads defaults and given values as typed values', () => {
    const reading = readConfig(table, { ...GOOD, SAMPLE_BROKERS: 'a:9092, b:9093' });
    if (!reading.ok) throw new Error('expected a whole configuration');
    const { bind, linger, brokers, token } = reading.config;
    expect(bind).toEqual({ host: '127.0.0.1', port: 4100 });
    expect(linger).toBe(2);
    expect(brokers?.map(({ port }) => port)).toEqual([9092, 9093]);
    expect(token).toBe('hush');
  });

  it('reports every problem at once, each with what is expected', () => {
    const reading = readConfig(table, {
      SAMPLE_BIND: '4100',
      SAMPLE_LINGER: '2',
      SAMPLE_BROKERS: '',
    });
    if (reading.ok) throw new Error('expected problems');
    expect(reading.problems.map(({ env }) => env)).toEqual([
      'SAMPLE_BIND',
      'SAMPLE_LINGER',
      'SAMPLE_BROKERS',
      'SAMPLE_TOKEN',
    ]);
    const page = writeProblems('sample', reading.problems);
    expect(page).toContain('4 settings are wrong');
    expect(page).toContain(
      'SAMPLE_BIND: expected host:port, such as 127.0.0.1:4100 or [::1]:4100, got "4100"',
    );
    expect(page).toContain('SAMPLE_BROKERS: is set but empty');
    expect(page).toContain('SAMPLE_TOKEN: is required');
  });

  it('never shows a secret, and no password of a URL', () => {
    const secrets = defineConfig('sample', {
      token: { env: 'T', parser: integer({ min: 0, max: 1 }), secret: true, description: '' },
      redis: { env: 'R', parser: url(['redis']), required: true, description: '' },
    });
    const bad = readConfig(secrets, { T: 'topsecret', R: 'http://u:topsecret@h' });
    expect(JSON.stringify(bad)).not.toContain('topsecret');
    const good = readConfig(secrets, { T: '1', R: 'redis://u:topsecret@h:6379' });
    expect(good).toMatchObject({ shown: { T: '***', R: 'redis://u:***@h:6379' } });
    expect(good).toMatchObject({ config: { redis: 'redis://u:topsecret@h:6379' } });
  });

  it('warns of variables that look like ours and are nobody’s', () => {
    const reading = readConfig(table, { ...GOOD, REFOLD_TYPO: '1', REFOLD_URL: 'x' }, [
      'REFOLD_URL',
    ]);
    expect(reading).toMatchObject({ warnings: [expect.stringContaining('REFOLD_TYPO')] });
  });

  it('applies the rules between settings once each is right by itself', () => {
    const checked = defineConfig(
      'sample',
      { store: { env: 'S', parser: choice(['a', 'b']), default: 'a', description: '' } },
      [({ store }) => (store === 'b' ? { env: 'S', expected: 'b needs more' } : null)],
    );
    expect(readConfig(checked, { S: 'b' })).toEqual({
      ok: false,
      problems: [{ env: 'S', expected: 'b needs more' }],
    });
  });

  it('refuses a declaration whose default its own parser refuses', () => {
    const wrong = { n: { env: 'N', parser: flag(), default: 'maybe', description: '' } };
    expect(() => defineConfig('sample', wrong)).toThrow('sample: N: its default is not');
  });
});

describe('describeConfig', () => {
  it('writes one table row per setting', () => {
    const lines = describeConfig(table).trimEnd().split('\n');
    expect(lines).toHaveLength(6);
    expect(lines[3]).toContain('| `SAMPLE_LINGER` | `2ms` | ms | a time with its unit');
    expect(lines[3]).toContain('How long \\| to wait.');
    expect(lines[5]).toContain('**required**');
  });
});

describe('parsers', () => {
  it.each([
    ['flag', flag(), ['1', 'true', 'YES', 'on'], [true, true, true, true]],
    ['flag', flag(), ['0', 'false', 'No', 'off'], [false, false, false, false]],
    ['integer', integer({ min: -5, max: 99 }), ['0', '-5', '99'], [0, -5, 99]],
    [
      'duration',
      duration({ min: 0, max: 1e9 }),
      ['0ms', '3s', '2m', '1h', '1d'],
      [0, 3e3, 12e4, 36e5, 864e5],
    ],
    ['size', size({ min: 0, max: 1e9 }), ['512B', '64KiB', '1MiB'], [512, 65_536, 1_048_576]],
    ['address', address(), ['[::1]:0'], [{ host: '::1', port: 0 }]],
  ])('%s reads what it takes', (_name, parser, given, values) => {
    expect(given.map((text) => parser.parse(text))).toEqual(values);
  });

  it.each([
    ['flag', flag(), ['', '2', 'truee', ' 1']],
    [
      'integer',
      integer({ min: 0, max: 99 }),
      ['', '1.0', '1e1', '0x1', '+1', '01', '-0', '100', ' 1', '-1'],
    ],
    ['duration', duration({ min: 0, max: 1e9 }), ['10', '1.5s', '-1s', 's', '1 s', '1S']],
    ['size', size({ min: 0, max: 1e9 }), ['10', '1MB', '1GiB', '1mib']],
    ['address', address(), ['4100', 'h:', 'h:65536', '::1:1', ':1', 'http://h:1']],
    ['url', url(['redis']), ['redis:', 'redis://', 'http://h', 'h:1']],
    ['list', list(integer({ min: 0, max: 9 })), ['', '1,,2', '1,x', ',']],
    ['text', text(), ['', ' a', 'a ']],
  ])('%s refuses what it does not take, and coerces nothing', (_name, parser, given) => {
    expect(given.filter((text) => parser.safeParse(text).success)).toEqual([]);
  });
});
