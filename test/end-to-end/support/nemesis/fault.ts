import type { Random } from '@refold/test-kit';
import type { Fleet } from './fleet.js';

/** A way to hurt the fleet; it ends healed, but not caught up. */
export interface Fault {
  name: string;
  /** Hurts and heals; says in a few words what it did. @throws Error when it had no effect */
  play: (fleet: Fleet, random: Random) => Promise<string>;
}

/** Milliseconds in words. */
export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** The longest that anything may take to come back, milliseconds: a JVM on a busy machine takes minutes. */
export const PATIENCE_MS = 300_000;
