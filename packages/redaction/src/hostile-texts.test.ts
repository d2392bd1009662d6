import type { JsonValue } from '@refold/contracts';
import { isLinear } from '@refold/test-kit';
import { describe, expect, it } from 'vitest';
import { JOINTS } from './joints.fixture.js';
import { createRedactionPolicy } from './policy.js';
import { redact } from './redact.js';

const policy = createRedactionPolicy();

describe('hostile texts', () => {
  /** Four times as long a quadratic search takes minutes. */
  const LENGTH = 32_768;
  const fragments = [
    ...['a', '1', '-', '.', ' ', '@', '=', ':', '"', '\\', '\\"', '[', '+', '\u0000', '\ud800'],
    ...[
      'a@',
      'a.',
      '@a.',
      'a@a.',
      '1 ',
      '1-',
      '+1',
      '+1 ',
      '(1)',
      '0123-',
      'eyJ',
      'eyJhbGciOi.',
      '.eyJ',
    ],
    ...[
      'token=',
      'token="',
      "token='",
      'token=\\"',
      'password: ',
      'key":"',
      'sk-',
      'rfk_a_',
      'rfk_a',
    ],
    ...[
      '://',
      '://a:',
      '://a:b',
      '://a:@',
      '-----BEGIN PRIVATE KEY-----',
      '-----BEGIN ',
      '-----END ',
    ],
    ...[
      '-----BEGIN PRIVATE KEY-----\\n',
      'Bearer ',
      'Basic ',
      'basic a',
      'Cookie: ',
      'Cookie: a',
      'SG.aaaa',
    ],
    ...[
      'xoxb.xoxb-',
      'AKIAAAAAAAAAAAAAAAAA ',
      'hooks.slack.com/services/',
      '4111 ',
      '1 1-',
      '020 7946 ',
    ],
    ...[
      'authorization: token ',
      'tokentoken',
      'KEY',
      'kEy',
      '" : "',
      'a\n',
      '\\n',
      '%3D',
      '<',
      '{',
    ],
  ];

  it.each(fragments)('are read in linear time: %j repeated', (fragment) => {
    const around: ((text: string) => string)[] = [
      (text) => text,
      (text) => `${text}!`,
      (text) => `x${text}"`,
      (text) => `AKIA0123456789ABCDEF ${text}`,
      (text) => `{"token": "${text}`,
    ];
    for (const made of around) {
      const reading = (length: number) => {
        const text = made(fragment.repeat(length / fragment.length));
        return () => void redact<JsonValue>(text, policy);
      };
      expect(isLinear(LENGTH, reading), made('…')).toBe(true);
    }
  });

  /** What kinds of findings begin with; each would have a search begin anew behind every joint. */
  const markers = [
    ...['eyJ', 'sk-', 'sk_live_', 'whsec_', 'ghp_', 'github_pat_', 'glpat-', 'xoxb-', 'xoxb.xoxb-'],
    ...['xapp-1-', 'AKIA', 'AIza', 'GOCSPX-', 'ya29.', 'npm_', 'pypi-', 'hf_', 'SG.', 'dop_v1_'],
    ...['shpat_', 'rfk_a_', 'hooks.slack.com/services/', '-----BEGIN PRIVATE KEY-----'],
    ...['Bearer ', 'Basic ', 'Cookie: ', 'token=', 'token="', '://a:', 'a@', '1-', '+1'],
  ];
  const WHOLE = 32_768;
  const PART = 128;
  const TRIES = 5;
  /** Processor time, so that other processes do not count, milliseconds. */
  const costOf = (work: () => void): number => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
  const isAsDearAsItsParts = (text: string): boolean => {
    const whole = costOf(() => void redact<JsonValue>(text, policy));
    const parts = costOf(() => {
      for (let at = 0; at < text.length; at += PART) redact(text.slice(at, at + PART), policy);
    });
    // A search that reads the rest of the text behind every marker costs hundreds of milliseconds.
    return whole <= 8 * parts + 50;
  };

  it.each(markers)(
    'cost no more than their parts do: %j behind every joint',
    (marker) => {
      for (const joint of JOINTS) {
        const text = (joint + marker).repeat(Math.ceil(WHOLE / (joint + marker).length));
        let isLinear = false;
        for (let tries = 0; !isLinear && tries < TRIES; tries++)
          isLinear = isAsDearAsItsParts(text);
        expect(isLinear, JSON.stringify(joint + marker)).toBe(true);
      }
    },
    60_000,
  );

  it('are read in linear time when they are names', () => {
    for (const sign of ['A', 'a', '_', '-', ' ', 'aA', '.']) {
      const reading = (length: number) => {
        const name = sign.repeat(length);
        return () => void redact({ [name]: 1 }, policy);
      };
      expect(isLinear(LENGTH, reading), sign).toBe(true);
    }
  });
});
