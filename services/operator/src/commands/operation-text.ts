import type { OperationReply, OperationWithPlanReply, PlanReply } from '@refold/contracts';
import { printable, writeTable } from '../terminal.js';
import { generationNotes } from './generation-text.js';

const number = (value: number): string => value.toLocaleString('en-US');

/** How long something takes. */
export const secondsText = (seconds: number | null): string =>
  seconds === null ? 'unknown' : `about ${number(Math.ceil(seconds))} s`;

/** How long a plan takes. */
const takesText = ({ verb, eta_seconds: seconds }: PlanReply): string =>
  seconds === null
    ? `for an unknown time: no ${verb} that is like it was measured yet`
    : secondsText(seconds);

const heldEventsOf = ({ partitions }: PlanReply): number =>
  partitions.reduce((sum, one) => sum + (one.held_events ?? 0), 0);

/** What keeps the rest of a log. */
function cutNote({
  partition,
  from,
  to,
  held_by: hold,
}: PlanReply['partitions'][number]): string[] {
  if (hold === undefined) return [];
  const behind = `generation ${hold.generation ?? 0} is folded no further`;
  const what = {
    stream: `${hold.stream ?? '-'} begins there`,
    parted: `${hold.stream ?? '-'} begins there and goes on behind the next place to cut at`,
    not_folded: behind,
    recent:
      hold.generation === undefined
        ? 'what follows is younger than a day'
        : `${behind} than a day behind that`,
  }[hold.reason];
  const place =
    from === to ? 'no place to cut at lies before that' : 'it is cut at the last place before that';
  const between = hold.offset > to ? `, and ${place}` : '';
  return [`Partition ${partition} stays from ${hold.offset} on: ${what}${between}\n`];
}

/** Verbs whose effect stays. */
const FOR_GOOD: ReadonlySet<string> = new Set([
  'archive',
  'change-rules',
  'drop',
  'evict',
  'skip',
  'truncate',
]);

/** Things that a plan does not do, or cannot. */
function notes(plan: PlanReply): string[] {
  const told: [number, string][] = [
    [plan.unrebuildable, 'streams stay as they are: the log no longer has their beginning'],
    [plan.left_out, 'more streams are meant: plan again when these are done'],
    [heldEventsOf(plan), 'events are held by these runs'],
    [plan.verb === 'truncate' ? plan.bytes : 0, 'bytes of keys and values are given up for good'],
    [plan.lost, 'offsets that were asked for are no longer on the log'],
    [plan.held_verdicts, 'verdicts were given once and are not given again'],
    [plan.held_dead_letters, 'dead letters are not mirrored again'],
  ];
  return [
    ...told.flatMap(([count, what]) => (count === 0 ? [] : [`${number(count)} ${what}`])),
    ...(FOR_GOOD.has(plan.verb) ? ['This cannot be undone.'] : []),
  ];
}

/** A plan as people read it. */
export function writePlan(plan: PlanReply): string {
  const head = ['partition', 'from', 'to', 'streams', 'records', 'read'];
  const rows = plan.partitions.map((one) => [
    one.partition,
    one.from,
    one.to,
    one.streams,
    one.records,
    one.read_records,
  ]);
  const idle =
    plan.not_folded.length === 0
      ? ''
      : `Nothing is folded yet of partition ${plan.not_folded.join(', ')}.\n`;
  return [
    `${plan.verb} of ${plan.projection}: ${number(plan.streams)} streams, ${number(plan.records)} records, ${takesText(plan)}\n`,
    ...generationNotes(plan).map((note) => `${note}\n`),
    writeTable([head, ...rows]),
    ...plan.partitions.flatMap(({ skip }) =>
      skip === undefined ? [] : [`${skip.subject} goes on without its event at ${skip.offset}\n`],
    ),
    ...plan.partitions.flatMap(cutNote),
    ...notes(plan).map((note) => `${note}\n`),
    idle,
  ].join('');
}

const by = (who: string | null, when: string | null, why: string | null = null): string =>
  when === null
    ? '-'
    : `${when}${who === null ? '' : ` by ${printable(who)}`}${why === null ? '' : `: ${printable(why)}`}`;

/** How far it is, and what stands in its way. */
function progressLines({ progress }: OperationWithPlanReply): [string, string][] {
  if (progress === null) return [];
  const share = Math.floor(progress.done * 100);
  const troubles = progress.partitions.flatMap(({ partition, trouble }): [string, string][] =>
    trouble === null ? [] : [['trouble', `partition ${partition}: ${printable(trouble)}`]],
  );
  return [['progress', `${share} %, ${secondsText(progress.eta_seconds)} left`], ...troubles];
}

/** What a verification or a repair has found; empty where nobody asked or nothing differs. */
function writeDifferences({
  differences = [],
  differences_left_out: leftOut = 0,
  drift = {},
}: OperationWithPlanReply): string {
  const kinds = Object.entries(drift).map(([kind, count]) => `${number(count)} ${kind}`);
  if (kinds.length === 0) return '';
  const head = ['partition', 'stream', 'kind', 'field', 'stored', 'expected'];
  const rows = differences.map((one) => [
    one.partition,
    printable(one.stream ?? '-'),
    one.kind,
    printable(one.field),
    printable(one.stored ?? '-'),
    printable(one.expected ?? '-'),
  ]);
  const table = rows.length === 0 ? '' : writeTable([head, ...rows]);
  const more = leftOut === 0 ? '' : `${number(leftOut)} more differences are not listed.\n`;
  return `\nDifferences: ${kinds.join(', ')}\n${table}${more}`;
}

/** What was asked for, as `to-offset, offset 17`. */
const targetText = ({ target, ...members }: PlanReply['arguments']): string =>
  [String(target), ...Object.entries(members).map(([name, value]) => `${name} ${String(value)}`)]
    .map(printable)
    .join(', ');

/** Of how many partitions it is done; how the others ended. */
export function partitionsText(
  { finished_partitions: ended, failed_partitions: failed, ...operation }: OperationReply,
  of: string,
): string {
  const { canceled_partitions: canceled, planned } = operation;
  const others = [
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(canceled === 0 ? [] : [`${canceled} canceled`]),
  ];
  const done = `${ended.length - failed - canceled}${of}${planned.partitions}`;
  return others.length === 0 ? done : `${done} (${others.join(', ')})`;
}

/** One operation with its plan, and with what it has found. */
export function writeOperation(operation: OperationWithPlanReply): string {
  const { result, planned } = operation;
  const lines = [
    ['operation', operation.operation_id],
    ['target', targetText(operation.plan.arguments)],
    ['status', operation.status],
    ['planned', by(operation.planned_by, operation.planned_at)],
    ['approved', by(operation.approved_by, operation.approved_at, operation.approved_reason)],
    ['started', by(operation.started_by, operation.started_at)],
    [
      'cancel asked',
      by(
        operation.cancel_requested_by,
        operation.cancel_requested_at,
        operation.cancel_requested_reason,
      ),
    ],
    ['finished', by(null, operation.finished_at)],
    ['partitions', partitionsText(operation, ' of ')],
    ...progressLines(operation),
    ['records', `${number(result.records)} of ${number(planned.records)}`],
    ['replaced', number(result.replaced)],
    ['differing', number(result.differing)],
    ...(result.still_parked === 0 ? [] : [['still parked', number(result.still_parked)]]),
    ...(result.refused === 0 ? [] : [['refused', number(result.refused)]]),
    ...(operation.record === undefined
      ? []
      : [
          [
            'record',
            `${operation.record.topic}/${operation.record.partition} offset ${operation.record.offset}`,
          ],
        ]),
    ...(operation.error === null ? [] : [['error', printable(operation.error)]]),
  ];
  return `${writeTable(lines)}\n${writePlan(operation.plan)}${writeDifferences(operation)}`;
}

/** A list of operations. */
export function writeOperations(operations: readonly OperationReply[], columns?: number): string {
  if (operations.length === 0) return 'No operation.\n';
  const head = ['operation', 'verb', 'projection', 'status', 'planned', 'by', 'partitions'];
  const rows = operations.map((one) => [
    one.operation_id,
    one.verb,
    one.projection,
    one.status,
    one.planned_at,
    printable(one.planned_by ?? '-'),
    partitionsText(one, '/'),
  ]);
  return writeTable([head, ...rows], columns);
}
