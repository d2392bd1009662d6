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
]);

/** What the client library says when a command was not sent, or its connection closed meanwhile. */
const LOST_NAMES = new Set(['MaxRetriesPerRequestError', 'AbortError', 'ClusterAllFailedError']);
const LOST_MESSAGES = [
  'Connection is closed.',
  "Stream isn't writeable",
  "Cluster isn't ready",
  'None of startup nodes is available',
];
const EXHAUSTED = 'Too many Cluster redirections.';

/**
 * Why a command failed, when that is passing trouble: no connection, a failover, a slot on its way.
 * Null for everything that trying again cannot help, a script that failed half-way first of all.
 */
export function passingTrouble(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { message, name } = error;
  if (name === 'ReplyError') {
    // A refusal before the first line of a script does not name a place in it.
    if (message.includes('@user_script')) return null;
    const code = message.slice(0, `${message} `.indexOf(' '));
    return PASSING_ANSWERS.has(code) ? message : null;
  }
  if (LOST_NAMES.has(name) || message.startsWith(EXHAUSTED)) return message;
  return LOST_MESSAGES.some((one) => message.startsWith(one)) ? message : null;
}
