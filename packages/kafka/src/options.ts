import { RecentRefusal } from '@refold/pipeline';
import type { KafkaConfig } from 'kafkajs';

/** How the adapter speaks: `level` as usual, `fields` are JSON values. Called often, must not throw. */
export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => void;

export interface KafkaLogOptions {
  /** `host:port` addresses to bootstrap from. */
  brokers: readonly string[];
  clientId: string;
  ssl?: NonNullable<KafkaConfig['ssl']>;
  sasl?: NonNullable<KafkaConfig['sasl']>;
  logger: Log;
  /**
   * The group membership ended for a reason that waiting does not mend (settings, versions).
   * The process must end with a non-zero code: its partitions would stand still unnoticed.
   */
  fatal: (error: Error) => void;
  /** How long a member may be silent before its partitions go to others; ms, default 6000. */
  sessionTimeoutMs?: number;
  /** Longest wait of a fetch for new records; ms, default 100. Also how long a close may wait for it. */
  fetchWaitMs?: number;
  /** Most bytes of one fetch from one partition; default 256 KiB. One larger batch is still delivered. */
  fetchBytes?: number;
  /** Longest a send may take, its retries included, before its outcome is unknown; ms, default 30000. */
  sendTimeoutMs?: number;
  /** Longest a read, a range or a topic call may take, its retries included; ms, default 10000. */
  callTimeoutMs?: number;
  /** Longest a connection attempt may take; ms, default 5000. */
  connectTimeoutMs?: number;
}

/** The options with every default in its place, and what the brokers refused to whoever uses them. */
export type Settled = Required<Omit<KafkaLogOptions, 'ssl' | 'sasl'>> &
  Pick<KafkaLogOptions, 'ssl' | 'sasl'> & { readonly refusal: RecentRefusal };

/** What is read ahead is decoded already and lives until it is handled: more of it costs memory. */
const FETCH_BYTES = 256 * 1_024;

export const settle = (options: KafkaLogOptions): Settled => ({
  sessionTimeoutMs: 6_000,
  fetchWaitMs: 100,
  fetchBytes: FETCH_BYTES,
  sendTimeoutMs: 30_000,
  callTimeoutMs: 10_000,
  connectTimeoutMs: 5_000,
  refusal: new RecentRefusal(() => performance.now()),
  ...options,
});
