import type { ReceiptStatusReply } from '@refold/contracts';
import { pathTo, read, type ReadOptions } from './calls.js';
import type { RetryTools } from './retry.js';
import type { CallOptions, Reply, Transport } from './transport.js';

/** How long to wait for a verdict. */
export interface ReceiptWait extends CallOptions {
  /** In milliseconds; 30 s when absent. */
  msMax?: number | undefined;
}

/** What became of claims that were answered with 202. */
export interface ReceiptCalls {
  getReceipt(token: string, options?: ReadOptions): Promise<Reply<ReceiptStatusReply>>;
  /**
   * Asks until the claim is decided or the time is up; then the last, pending answer is returned.
   * A refusal is returned, not thrown.
   */
  waitForReceipt(token: string, wait?: ReceiptWait): Promise<Reply<ReceiptStatusReply>>;
}

const WAIT_MS_MAX = 30_000;
const PAUSE_MS_MIN = 50;
const PAUSE_MS_MAX = 1_000;

/** The receipt part of the client. */
export function receiptCalls(transport: Transport, tools: RetryTools): ReceiptCalls {
  const getReceipt: ReceiptCalls['getReceipt'] = (token, options = {}) =>
    transport.json(read(pathTo('receipts', token), options));

  return {
    getReceipt,
    async waitForReceipt(token, { msMax = WAIT_MS_MAX, signal } = {}) {
      const deadlineMs = tools.nowMs() + msMax;
      for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2)) {
        const reply = await getReceipt(token, { signal });
        if (reply.body.state !== 'pending' || tools.nowMs() + pauseMs > deadlineMs) return reply;
        await tools.sleep(pauseMs, signal);
      }
    },
  };
}
