/** Why a partition stands still until somebody acts. */
export const STOP_CODES = [
  'checkpoint_beyond_end',
  'log_head_missing',
  'log_replaced',
  'partition_count_changed',
  'unknown_version',
  'view_version_mismatch',
  'checkpoint_unreadable',
  'slot_dropped',
  'too_many_causes',
  'store_refused',
] as const;
export type StopCode = (typeof STOP_CODES)[number];

/** A partition that cannot go on by itself; the message says what to do. Others are not affected. */
export class PartitionStopped extends Error {
  override readonly name = 'PartitionStopped';
  readonly code: StopCode;
  constructor(code: StopCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
