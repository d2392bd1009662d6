import { expect, it } from 'vitest';
import { readOptions } from './bench-options.js';
import { reported } from './finding.js';
import { performancePage, reportText } from './report.js';
import type { Report } from './report.js';

const options = readOptions([]);
if (options === 'help') throw new Error('no help was asked for');
const report: Report = {
  day: '2020-01-02',
  machine: {
    cores: 3,
    cpu: 'a processor',
    memoryGib: 7,
    system: 'Linux 1',
    node: 'v20',
    kafka: '4.9',
    redis: '7.9',
  },
  options,
  findings: [reported('P0', 'a ÷ b', '0.5 (0.4-0.6)')],
  writePath: {
    clients: { head: ['server'], rows: [['bare']] },
    hops: { head: ['hop'], rows: [['commit']] },
  },
};

it('the page says first that a script writes it, then on what, then all tables', () => {
  const page = performancePage(report);
  const [title, , first = ''] = page.split('\n');
  expect(title).toBe('# Performance');
  expect(first).toContain('npm run bench');
  for (const text of ['3 cores', '4.9', '7.9', '0.5 (0.4-0.6)', '| bare', '| commit', '2020-01-02'])
    expect(page).toContain(text);
});

it('a run of one part shows its tables only', () => {
  const text = reportText({ ...report, writePath: null });
  expect(text).toContain('a ÷ b');
  expect(text).not.toContain('hop');
});
