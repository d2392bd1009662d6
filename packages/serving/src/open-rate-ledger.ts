import type { Timing } from '@refold/pipeline';
import type { HttpServer, Logger, Metrics } from '@refold/service';
import { createRateLedger, type RateLedger, type RateShare } from './rate-ledger.js';

/** What the account of a server is made of. */
export interface RateLedgerOptions {
  /** The account of all instances; absent: there are no others. */
  share?: RateShare | undefined;
  timing: Timing;
  logger: Logger;
  metrics: Metrics;
}

/** The account of a server, closed with it; log and metrics say whether it is shared. */
export function openRateLedger(app: HttpServer, options: RateLedgerOptions): RateLedger {
  const { share, timing, logger, metrics } = options;
  metrics.rateShared.set(share === undefined ? 0 : 1);
  const ledger = createRateLedger({
    share,
    timing,
    changed(reason) {
      metrics.rateShared.set(reason === null ? 1 : 0);
      if (reason === null) logger.info({}, 'rate limits are shared again');
      else logger.warn({ reason }, 'rate limits are not shared; each instance counts for itself');
    },
  });
  app.addHook('onClose', (_app, done) => {
    ledger.stop();
    done();
  });
  return ledger;
}
