/** Status → what a finish, a start or a request to cancel makes of it; what is missing is refused. */
const RUN: Record<string, Record<string, string>> = {
  created: {
    start: 'running',
    cancel: 'canceling',
    succeeded: 'succeeded',
    failed: 'failed',
    canceled: 'canceled',
  },
  running: {
    start: 'running',
    cancel: 'canceling',
    succeeded: 'succeeded',
    failed: 'failed',
    canceled: 'canceled',
  },
  canceling: { cancel: 'canceling', failed: 'failed', canceled: 'canceled' },
  canceled: { canceled: 'canceled', archive: 'archived' },
  succeeded: { succeeded: 'succeeded', archive: 'archived' },
  failed: { failed: 'failed', archive: 'archived' },
};

/** Status → the statuses it may go to. */
const WORKER: Record<string, string> = {
  starting: 'starting running stopping failed',
  running: 'running stopping stopped failed',
  stopping: 'stopping stopped failed',
  stopped: 'stopped starting running',
  failed: 'failed starting running',
};

/** Status → what each event of an operation makes of it. */
const OPERATION: Record<string, Record<string, string>> = {
  awaiting_approval: { approved: 'approved', cancel_requested: 'canceled' },
  planned: { started: 'running', cancel_requested: 'canceled' },
  approved: { started: 'running', cancel_requested: 'canceled' },
  running: {
    partition_finished: 'running',
    cancel_requested: 'canceling',
    'finished done': 'done',
    'finished failed': 'failed',
  },
  canceling: {
    partition_finished: 'canceling',
    cancel_requested: 'canceling',
    'finished done': 'done',
    'finished failed': 'failed',
    'finished canceled': 'canceled',
  },
};

const OPERATION_EVENT =
  /^operation\.(planned|approved|started|partition_finished|cancel_requested|finished)$/;

/** What an event does to a status: to which it leads, nothing, or not from here. */
export type Step = { to: string } | 'nothing' | 'refused';

/** The column of the table that an event asks for, or null. */
function wishOf(type: string, data: unknown): string | null {
  if (type === 'run.started') return 'start';
  if (type === 'run.cancel_requested') return 'cancel';
  if (type === 'run.archived') return 'archive';
  if (type !== 'run.finished') return null;
  return (data as { status: string }).status.replace('cancelled', 'canceled');
}

function runStep(status: string, type: string, data: unknown): Step {
  if (type === 'run.created') return 'refused';
  const wish = wishOf(type, data);
  if (wish === null) return 'nothing';
  const to = RUN[status]?.[wish];
  return to === undefined ? 'refused' : { to };
}

function workerStep(status: string, type: string): Step {
  const isDown = status === 'stopped' || status === 'failed';
  if (type === 'worker.started') return { to: status === 'stopping' ? 'stopping' : 'running' };
  if (type === 'worker.request.received') return status === 'running' ? 'nothing' : 'refused';
  if (/^worker\.(heartbeat|response|error|event)$/.test(type))
    return isDown ? 'refused' : 'nothing';
  const to = type.replace('worker.', '');
  if (!(to in WORKER) || !type.startsWith('worker.')) return 'nothing';
  return WORKER[status]?.split(' ').includes(to) === true ? { to } : 'refused';
}

/** What an event says, as far as a step depends on it; `owner`: who made the stream. */
export interface Asked {
  type: string;
  data: unknown;
  principal: string | null;
  owner: string | null;
}

function operationStep(status: string, { type, data, principal, owner }: Asked): Step {
  const [, event] = OPERATION_EVENT.exec(type) ?? [];
  if (event === undefined) return 'nothing';
  const outcome = event === 'finished' ? ` ${(data as { outcome: string }).outcome}` : '';
  const to = OPERATION[status]?.[event + outcome];
  if (to === undefined) return 'refused';
  const isSecondPerson = principal !== null && principal !== owner;
  return event === 'approved' && !isSecondPerson ? 'refused' : { to };
}

/** The step of an event that meets an existing stream. */
export function stepOf(kind: string, status: string, asked: Asked): Step {
  if (kind === 'operation') return operationStep(status, asked);
  return kind === 'run' ? runStep(status, asked.type, asked.data) : workerStep(status, asked.type);
}

/** The status of a stream that this event, whose data is valid, creates; null when it cannot create one. */
export function statusAtBirth(kind: string, type: string, data: unknown): string | null {
  if (kind === 'operation') {
    if (type !== 'operation.planned') return null;
    const { approval } = (data ?? {}) as { approval?: unknown };
    return approval === 'required' ? 'awaiting_approval' : 'planned';
  }
  if (kind === 'run') return { 'run.created': 'created', 'run.started': 'running' }[type] ?? null;
  return type === 'worker.started' ? 'running' : null;
}

const ENDS: Record<string, string[]> = {
  run: ['canceled', 'succeeded', 'failed'],
  operation: ['canceled', 'done', 'failed'],
};

/** Runs and operations end; workers come back. */
export const isEnd = (kind: string, status: string): boolean =>
  ENDS[kind]?.includes(status) ?? false;
