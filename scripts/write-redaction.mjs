// Writes the figures of docs/redaction.md: what the corpus and the recorded runs show, and what it costs.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import {
  createRedactionPolicy,
  redact,
  STRUCTURAL_MEMBERS,
} from '../packages/redaction/dist/index.js';
import { readTraces } from '../services/operator/dist/import/read-traces.js';

const root = new URL('../', import.meta.url);
const textOf = (path) => readFileSync(new URL(path, root), 'utf8');
const policy = createRedactionPolicy();

function corpusTable(of, name) {
  const kinds = new Map();
  for (const line of textOf(`packages/redaction/corpus/${name}.jsonl`).trim().split('\n')) {
    const { kind, value, expected = value } = JSON.parse(line.replaceAll('¦', ''));
    const score = kinds.get(kind) ?? { samples: 0, right: 0 };
    kinds.set(kind, score);
    score.samples += 1;
    const got = redact(value, policy).value;
    if (JSON.stringify(got) === JSON.stringify(expected)) score.right += 1;
  }
  const rows = [...kinds].map(
    ([kind, { samples, right }]) => `| ${kind.replace('_', ' ')} | ${samples} | ${right} |`,
  );
  return [`| ${of} | samples | as expected |`, '| --- | ---: | ---: |', ...rows].join('\n');
}

function tracesSentence() {
  const files = ['tau-bench-airline-gpt-4o.json'];
  files.push(
    ...readdirSync(new URL('test/traces/swe-agent', root)).map((name) => `swe-agent/${name}`),
  );
  const counts = new Map();
  let runs = 0;
  let events = 0;
  for (const file of files) {
    for (const trace of readTraces(textOf(`test/traces/${file}`), file).traces) {
      runs += 1;
      for (const { payload } of trace.events) {
        events += 1;
        for (const [kind, n] of redact(payload, policy, STRUCTURAL_MEMBERS).counts) {
          counts.set(kind, (counts.get(kind) ?? 0) + n);
        }
      }
    }
  }
  const found = [...counts].map(([kind, n]) => `${n} of kind \`${kind}\``).join(', ');
  return `In the ${events} events of the ${runs} recorded runs in \`test/traces\`: ${found}.`;
}

const PROSE =
  'The agent read the file and found that the second test fails because a list is empty. It will change the loader and run the tests again. ';
const ROUNDS = 5;

/** CPU microseconds an event, the median of some rounds. */
function costOf(data, times) {
  const measured = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let n = 0; n < times; n++) redact(data, policy, STRUCTURAL_MEMBERS);
    const { user, system } = process.cpuUsage(before);
    measured.push((user + system) / times);
  }
  return measured.sort((a, b) => a - b)[ROUNDS >> 1].toFixed(1);
}

function costTable() {
  const message = (length) => ({
    role: 'assistant',
    content: PROSE.repeat(80).slice(0, length),
    usage: { input_tokens: 512, output_tokens: 33, model: 'gpt-4o' },
  });
  const row = {
    id: 'row-17',
    created_at: '2024-05-05T10:00:00Z',
    uuid: '018f3c5e-7b1a-7cc0-8f3e-0123456789ab',
    price: 12.5,
  };
  const result = { tool_call_id: 'call_1', output: Array.from({ length: 93 }, () => row) };
  const cases = [
    ['a message', message(150), 200_000],
    ['a message', message(9_900), 5_000],
    ['a tool result of many short texts', result, 5_000],
  ];
  const rows = cases.map(
    ([name, data, times]) =>
      `| ${name} | ${JSON.stringify(data).length} | ${costOf(data, times)} |`,
  );
  return ['| data without findings | bytes | µs of CPU |', '| --- | ---: | ---: |', ...rows].join(
    '\n',
  );
}

const FIGURES = /(<!-- figures -->\n)[\s\S]*(<!-- end of figures -->)/;
const figures = [
  corpusTable('secrets', 'secrets'),
  corpusTable('personal data', 'personal'),
  corpusTable('look-alikes', 'look-alikes'),
  tracesSentence(),
  costTable(),
].join('\n\n');
const page = textOf('docs/redaction.md');
writeFileSync(new URL('docs/redaction.md', root), page.replace(FIGURES, `$1\n${figures}\n\n$2`));
