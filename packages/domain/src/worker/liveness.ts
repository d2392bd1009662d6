import { HEARTBEAT_STALE_AFTER_MS, type HeartbeatState, type Liveness } from '@refold/contracts';

function stateOf(status: string, age: number | null): HeartbeatState {
  if (status === 'stopped' || status === 'failed') return status;
  if (age === null) return 'missing';
  return age > HEARTBEAT_STALE_AFTER_MS ? 'stale' : 'fresh';
}

/**
 * How alive a worker looks at `now`. Computed when it is read: nothing changes when it goes stale.
 * @param lastHeartbeatAt Fold time in milliseconds; undefined: none yet.
 */
export function livenessOf(
  status: string,
  lastHeartbeatAt: number | undefined,
  now: number,
): Liveness {
  const age = lastHeartbeatAt === undefined ? null : Math.max(0, now - lastHeartbeatAt);
  return {
    heartbeat_age_ms: age,
    heartbeat_stale_after_ms: HEARTBEAT_STALE_AFTER_MS,
    heartbeat_state: stateOf(status, age),
  };
}
