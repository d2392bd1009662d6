import { describe, expect, it } from 'vitest';
import { BROKEN } from '../refold/skip-world.fixture.js';
import { DAY_MS, openCuts } from './log-cut.fixture.js';
import { planTruncate } from './plan-truncate.js';

async function open() {
  const world = await openCuts();
  const { log, store, projection } = world;
  let now = 0;
  const planned = (more: object = {}, read: () => void = () => undefined) =>
    planTruncate(
      {
        ...{ store, rulebook: BROKEN, timing: { now: () => now } },
        log: {
          ...log,
          async read(...asked) {
            now += 100;
            read();
            return log.read(...asked);
          },
        },
      },
      projection,
      {
        ...{ approval: 'not_required', partitions: null, nowMs: 3 * DAY_MS },
        ...{ share: null, measured: [], ...more },
      },
    );
  return { ...world, planned };
}

describe('the plan of a cut', () => {
  it('says what carrying it out reads, and how long that takes with its share of the time', async () => {
    const { over, claim, place, settle, planned } = await open();
    over('a');
    place();
    claim('b', 'run.started');
    await settle();
    const { plan } = await planned();
    // Planning read two more: the place, and the claim by which a run holds the rest.
    expect(plan).toMatchObject({ streams: 1, records: 3, read_records: 3 });
    expect(plan).toMatchObject({ records_per_second: 25, eta_seconds: 0.12 });
    const quick = await planned({ share: 1 });
    expect(quick.plan).toMatchObject({ records_per_second: 50, eta_seconds: 0.06 });
    expect(quick.share).toBe(1);
    const partition = { partition: 0, from: 0, to: 0, log_start: 0, streams: 0, records: 0 };
    const before = { isNamed: false, share: 0.5, seconds: 4 };
    const measured = [{ ...before, partitions: [{ ...partition, read_records: 10 }] }];
    expect((await planned({ measured })).plan).toMatchObject({ eta_seconds: 1.2 });
  });

  it('is given up where whoever asked for it goes', async () => {
    const { over, place, settle, planned } = await open();
    over('a');
    place();
    for (let n = 0; n < 8_000; n++) over(`r${n}`);
    await settle();
    const client = new AbortController();
    let reads = 0;
    const gone = planned({ signal: client.signal }, () => {
      reads += 1;
      client.abort(new Error('gone'));
    });
    await expect(gone).rejects.toThrow('gone');
    expect(reads).toBe(1);
  });
});
