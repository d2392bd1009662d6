import { z } from 'zod';
import { count } from './members.js';

/** Why, by the name of a check. */
const reasons = z.record(z.string(), z.string());

/** `GET /healthz` */
export const healthReply = z.object({
  status: z.enum(['ok', 'failing']),
  service: z.string(),
  build_sha: z.string(),
  uptime_seconds: count,
  /** What a restart would heal. */
  reasons: reasons.optional(),
});
export type HealthReply = z.infer<typeof healthReply>;

/** `GET /readyz`; besides, `<name>_ready` for every check. */
export const readinessReply = z
  .object({
    status: z.enum(['ready', 'not_ready']),
    /** What the process does its work without, and less well. */
    degraded: reasons.optional(),
    /** Why it is not ready. */
    reasons: reasons.optional(),
  })
  .catchall(z.boolean());
export type ReadinessReply = z.infer<typeof readinessReply>;
