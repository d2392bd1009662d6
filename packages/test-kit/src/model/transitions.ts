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
  canceled: { canceled: 'canceled' },
  succeeded: { succeeded: 'succeeded' },
  failed: { failed: 'failed' },
};

/** Status → the statuses it may go to. */
const WORKER: Record<string, string> = {
  starting: 'starting running stopping failed',
  running: 'running stopping stopped failed',
  stopping: 'stopping stopped failed',
  stopped: 'stopped starting running',
  failed: 'failed starting running',
};

/** What an event does to a status: to which it leads, nothing, or not from here. */
export type Step = { to: string } | 'nothing' | 'refused';

/** The column of the table that an event asks for, or null. */
function wishOf(type: string, data: unknown): string | null {
  if (type === 'run.started') return 'start';
  if (type === 'run.cancel_requested') return 'cancel';
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

/** The step of an event that meets an existing stream. */
export const stepOf = (kind: string, status: string, type: string, data: unknown): Step =>
  kind === 'run' ? runStep(status, type, data) : workerStep(status, type);

/** The status of a stream that this event creates; null when it cannot create one. */
export function statusAtBirth(kind: string, type: string): string | null {
  if (kind === 'run') return { 'run.created': 'created', 'run.started': 'running' }[type] ?? null;
  return type === 'worker.started' ? 'running' : null;
}

/** Runs end; workers come back. */
export const isEnd = (kind: string, status: string): boolean =>
  kind === 'run' && ['canceled', 'succeeded', 'failed'].includes(status);
