import type { DiffReply, GenerationsReply, PlanReply } from '@refold/contracts';
import { printable, writeTable } from '../terminal.js';

const number = (value: number): string => value.toLocaleString('en-US');

/** Streams that the views of a generation have not folded, because the log no longer has their beginning. */
function carriedText({ generation, partitions }: GenerationsReply['generations'][number]): string {
  const streams = partitions.reduce((sum, { carried }) => sum + carried, 0);
  if (streams === 0) return '';
  return `Generation ${generation} has ${number(streams)} streams carried over: they keep the views they had.\n`;
}

/** Generations as people read them. */
export function writeGenerations({ generations, swap }: GenerationsReply): string {
  const head = ['generation', 'state', 'views', 'partition', 'role', 'next', 'behind'];
  const rows = generations.flatMap(({ generation, state, views, partitions }) =>
    partitions.map((one) => [
      generation,
      state,
      one.views === '' ? (views ?? '-') : one.views,
      one.partition,
      one.role ?? '-',
      one.next ?? '-',
      one.behind ?? '-',
    ]),
  );
  const under =
    swap === null
      ? ''
      : `The operation ${swap.operation_id} makes generation ${swap.to} live on partition ${swap.partitions.join(', ')}.\n`;
  return `${writeTable([head, ...rows])}${generations.map(carriedText).join('')}${under}`;
}

/** What a list leaves out; empty where it is whole. */
const more = (count: number, what: string): string =>
  count === 0 ? '' : `${number(count)} more ${what}.\n`;

const value = (text: string | null): string => (text === null ? '-' : printable(text));

function writeSamples({ samples, samples_left_out: leftOut }: DiffReply): string {
  const unshown = more(leftOut, 'streams differ: --samples shows more of them, up to 1,000');
  if (samples.length === 0) return unshown;
  const head = ['stream', 'change', 'field', 'old', 'new'];
  const rows = samples.flatMap(({ stream, change, fields, fields_left_out: unlisted }) => {
    const subject = printable(stream);
    if (fields.length === 0) return [[subject, change, '-', '-', '-']];
    const listed = fields.map((one) => [
      subject,
      change,
      printable(one.field),
      value(one.old),
      value(one.new),
    ]);
    const rest = `${number(unlisted)} more fields`;
    return unlisted === 0 ? listed : [...listed, [subject, change, rest, '-', '-']];
  });
  return `\n${writeTable([head, ...rows])}${unshown}`;
}

function writeCounters({ partitions }: DiffReply): string {
  const rows = partitions.flatMap(({ partition, counters }) =>
    counters.map((one) => [printable(one.counter), partition, one.old, one.new]),
  );
  if (rows.length === 0) return '';
  const unlisted = partitions.reduce((sum, one) => sum + one.counters_left_out, 0);
  return `\n${writeTable([['counter', 'partition', 'old', 'new'], ...rows])}${more(unlisted, 'counters differ and are not listed')}`;
}

function writeVerdicts({ verdicts, verdicts_left_out: leftOut }: DiffReply): string {
  const unshown = more(leftOut, 'verdicts differ: --samples shows more of them, up to 1,000');
  if (verdicts.length === 0) return unshown;
  const head = ['partition', 'stream', 'verdict', 'old', 'new'];
  const rows = verdicts.map((one) => [
    one.partition,
    value(one.stream),
    printable(one.field),
    value(one.old),
    value(one.new),
  ]);
  return `\n${writeTable([head, ...rows])}${unshown}`;
}

/** What accepts the differences, or why nothing does. */
function verdictOf({ refusals, digest, fields, generation, projection }: DiffReply): string {
  if (refusals.length > 0) {
    const reasons = refusals.map(({ partition, message }) =>
      partition === null ? message : `partition ${partition}: ${message}`,
    );
    return `A swap would be refused: ${reasons.join('; ')}.\n`;
  }
  if (fields.length === 0 || digest === null) return 'Nothing differs.\n';
  return `To accept these differences: refold swap ${generation}${projection === 'runs' ? '' : ` --projection ${projection}`} --accept ${digest} --execute\n`;
}

/** A diff as people read it. */
export function writeDiff(diff: DiffReply): string {
  const { generation, projection, streams, added, removed, changed, carried, unsettled } = diff;
  const counts = `${number(streams)} streams: ${number(added)} added, ${number(removed)} removed, ${number(changed)} changed`;
  const over = carried === 0 ? '' : `, ${number(carried)} carried over`;
  const moving = unsettled === 0 ? '' : `, ${number(unsettled)} still moving`;
  const fields =
    diff.fields.length === 0
      ? ''
      : writeTable([
          ['field', 'streams'],
          ...diff.fields.map(({ field, streams: many }) => [printable(field), many]),
        ]) + (diff.fields_left_out ? 'More kinds of fields differ than are listed.\n' : '');
  return [
    `Generation ${generation} of ${projection}, ${counts}${over}${moving}, ${number(diff.differing_verdicts)} verdicts differ\n`,
    fields,
    writeSamples(diff),
    writeCounters(diff),
    writeVerdicts(diff),
    verdictOf(diff),
  ].join('');
}

/** What a plan says of generations or rules; empty where it is about streams. */
export function generationNotes({ generations, rules }: PlanReply): string[] {
  if (rules !== undefined) return [`Version ${rules.decider} of the rules.`, rules.note];
  if (generations === undefined) return [];
  const { generation, from, views, streams, added = 0, removed = 0, changed = 0 } = generations;
  const building = views === undefined ? '' : `, views ${views}`;
  const subject =
    from === undefined
      ? `Generation ${generation}${building}.`
      : `Back from generation ${from} to ${generation}.`;
  const differing =
    streams === undefined
      ? []
      : [
          `Of ${number(streams)} streams ${number(added)} are added, ${number(removed)} removed, ${number(changed)} changed.`,
        ];
  return [subject, ...differing];
}
