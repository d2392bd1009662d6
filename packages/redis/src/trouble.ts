/** Answers after which nothing was executed and that pass without the caller's doing. */
const PASSING_ANSWERS = new Set([
  'LOADING',
  'TRYAGAIN',
  'CLUSTERDOWN',
  'MASTERDOWN',
  'READONLY',
  'BUSY',
  // The server has no room, no replica or no disk to write to: refused whole until an operator helps.
  'OOM',
  'NOREPLICAS',
  'MISCONF',
  // A right is missing, until somebody gives it.
  'NOPERM',
]);

/**
 * How a script is told that its user may not run a command. Only those that read, or do one thing: a
 * commit looks at its rights before it writes.
 */
const REFUSED_INSIDE = /The user executing the script can't/;

/** What the client library says when a command was not sent, or its connection closed meanwhile. */
const LOST_NAMES = new Set(['MaxRetriesPerRequestError', 'AbortError', 'ClusterAllFailedError']);
const LOST_MESSAGES = [
  'Connection is closed.',
  "Stream isn't writeable",
  "Cluster isn't ready",
  'None of startup nodes is available',
];
const EXHAUSTED = 'Too many Cluster redirections.';

/** What went wrong, in words. A cluster says only that no node would do; why, says the last one asked. */
export function wordsOf(error: Error): string {
  const { lastNodeError: last } = error as { lastNodeError?: unknown };
  return last instanceof Error ? `${error.message} ${last.message}` : error.message;
}

/** Whether a trouble is the lack of a right, which somebody has to give. */
export const isRefusal = (trouble: string): boolean =>
  trouble.includes('NOPERM') || REFUSED_INSIDE.test(trouble);

/**
 * Why a command failed, when that is passing trouble: no connection, a failover, a slot on its way.
 * Null for everything that trying again cannot help, a script that failed half-way first of all.
 */
export function passingTrouble(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { message, name } = error;
  if (name === 'ReplyError') {
    // A refusal before the first line of a script does not name a place in it.
    if (message.includes('@user_script')) return REFUSED_INSIDE.test(message) ? message : null;
    const code = message.slice(0, `${message} `.indexOf(' '));
    return PASSING_ANSWERS.has(code) ? message : null;
  }
  if (LOST_NAMES.has(name) || message.startsWith(EXHAUSTED)) return wordsOf(error);
  return LOST_MESSAGES.some((one) => message.startsWith(one)) ? message : null;
}
