import type { Log } from './options.js';

const REPEAT_MS = 10_000;

/** Says once that something is in trouble, again every ten seconds, and once that it is over. */
export class TroubleReport {
  private readonly what: string;
  private readonly log: Log;
  private since: number | null = null;
  private saidAt = 0;

  constructor(what: string, log: Log) {
    this.what = what;
    this.log = log;
  }

  report(error: Error): void {
    const now = performance.now();
    this.since ??= now;
    if (this.since !== now && now - this.saidAt < REPEAT_MS) return;
    this.saidAt = now;
    const fields = { error: error.message, forMs: Math.round(now - this.since) };
    this.log('warn', `${this.what} is interrupted and tried again`, fields);
  }

  over(): void {
    if (this.since === null) return;
    const forMs = Math.round(performance.now() - this.since);
    this.since = null;
    this.log('info', `${this.what} goes on`, { forMs });
  }
}
