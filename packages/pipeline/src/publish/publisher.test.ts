import { describe, expect, it } from 'vitest';
import { AppendRefused, NothingSent } from '../ports/event-log.js';
import { handTiming, settled } from '../timing.fixture.js';
import { SEND_RECORDS_MAX } from './lane.js';
import type { PublishOutcome } from './publish-outcome.js';
import { Publisher } from './publisher.js';
import { scriptedLog } from './scripted-log.fixture.js';

const LIMITS = { recordsMax: 10_000, bytesMax: 10_000_000, giveUpMs: 10_000 };

const open = (limits = LIMITS) => {
  const { log, sends, state } = scriptedLog();
  const { timing, advance } = handTiming();
  const publisher = new Publisher({ log, timing, trouble: () => undefined }, limits);
  const outcomes = new Map<string, PublishOutcome>();
  const publish = (partition: number, ...values: string[]) => {
    for (const value of values) {
      const record = { topic: 't', partition, key: 'k', value };
      void publisher.publish(record).then((outcome) => outcomes.set(value, outcome));
    }
    return settled();
  };
  const kinds = () => Object.fromEntries([...outcomes].map(([value, { kind }]) => [value, kind]));
  /** The send that waits for its answer; there must be exactly one more than answered so far. */
  const nth = (n: number) => {
    const sent = sends[n];
    if (sent === undefined) throw new Error(`there are ${sends.length} sends`);
    return sent;
  };
  return { publisher, publish, advance, sends, nth, state, outcomes, kinds };
};

const lost = new Error('the connection was lost');
const tooLarge = new AppendRefused('too_large', 'at most so many bytes');

describe('Publisher', () => {
  it('gathers what comes in and acknowledges each record with its place', async () => {
    const { publish, nth, sends, outcomes, publisher } = open();
    await publish(0, 'a', 'b');
    expect(sends).toHaveLength(1);
    await publish(0, 'c');
    expect(sends).toHaveLength(1);
    nth(0).acknowledge();
    await settled();
    expect(outcomes.get('b')).toEqual({ kind: 'appended', offset: 1, timestamp: 1 });
    expect(nth(1).values).toEqual(['0:c']);
    nth(1).acknowledge();
    await settled();
    expect(publisher.waiting).toBe(0);
  });

  it('has the next send under way before the callers of the last one hear of it', async () => {
    const { publish, publisher, nth, sends } = open();
    const sendsWhenTold = publisher
      .publish({ topic: 't', partition: 0, key: 'k', value: 'a' })
      .then(() => sends.length);
    await settled();
    await publish(0, 'b');
    nth(0).acknowledge();
    expect(await sendsWhenTold).toBe(2);
    expect(nth(1).values).toEqual(['0:b']);
  });

  it('sends through one lane per leader, the partitions of a leader together', async () => {
    const { publish, sends } = open();
    await Promise.all([publish(0, 'a'), publish(1, 'b'), publish(2, 'c')]);
    const lanes = sends.map(({ lane, values }) => `${lane} ${values.join()}`).sort();
    expect(lanes).toEqual(['broker-0 0:a,2:c', 'broker-1 1:b']);
  });

  it('sends the same records again, in front, after an unknown outcome, by a new sender', async () => {
    const { publish, nth, advance, kinds, state } = open();
    await publish(0, 'a', 'b');
    await publish(0, 'c');
    nth(0).fail(lost);
    await advance(1000);
    expect(nth(1).values).toEqual(['0:a', '0:b', '0:c']);
    expect(state).toMatchObject({ opened: 2, closed: 1 });
    nth(1).acknowledge();
    await settled();
    expect(kinds()).toEqual({ a: 'appended', b: 'appended', c: 'appended' });
  });

  it('takes an answer for fewer records for an unknown outcome', async () => {
    const { publish, nth, advance, outcomes } = open();
    await publish(0, 'a', 'b');
    nth(0).answerFor(1);
    await advance(1000);
    expect(outcomes.size).toBe(0);
    expect(nth(1).values).toEqual(['0:a', '0:b']);
  });

  it('goes where the leader is now, and lets nobody wait for a partition that fails', async () => {
    const { publish, nth, sends, advance, state } = open();
    await publish(0, 'a');
    await publish(2, 'b');
    nth(0).fail(lost);
    state.leader = (partition) => (partition === 0 ? 'broker-9' : 'broker-0');
    await settled();
    expect(nth(1).values).toEqual(['2:b']);
    await advance(1000);
    expect(sends.map(({ lane, values }) => `${lane} ${values.join()}`)).toEqual([
      'broker-0 0:a',
      'broker-0 2:b',
      'broker-9 0:a',
    ]);
  });

  it('splits a refused batch until only its own record is refused', async () => {
    const { publish, nth, sends, kinds } = open();
    await publish(0, 'a', 'big', 'c');
    await publish(2, 'd');
    for (let n = 0; n < 20 && n < sends.length; n++) {
      if (nth(n).values.includes('0:big')) nth(n).fail(tooLarge);
      else nth(n).acknowledge();
      await settled();
    }
    expect(kinds()).toEqual({ a: 'appended', big: 'refused', c: 'appended', d: 'appended' });
    const appended = sends.flatMap(({ values }) => (values.includes('0:big') ? [] : values));
    expect(appended.filter((value) => value.startsWith('0'))).toEqual(['0:a', '0:c']);
  });

  it('does not call refused what may have been stored before', async () => {
    const { publish, nth, advance, kinds } = open();
    await publish(0, 'a');
    nth(0).fail(lost);
    await advance(1000);
    nth(1).fail(tooLarge);
    await settled();
    expect(kinds()).toEqual({ a: 'unknown' });
  });

  it('calls nothing unknown that never left: no lane was opened, or the sender says so', async () => {
    const { publish, nth, advance, kinds, state } = open();
    state.refusesLanes = true;
    await publish(0, 'a');
    await advance(1000);
    state.refusesLanes = false;
    await advance(2500);
    nth(0).fail(new NothingSent('the limits of the topic could not be read'));
    await advance(2500);
    nth(1).fail(tooLarge);
    await settled();
    expect(kinds()).toEqual({ a: 'refused' });
  });

  it('tells what it gives up without having sent it from what may be stored', async () => {
    const { publish, advance, kinds, state, sends } = open();
    state.refusesLanes = true;
    await publish(0, 'a');
    await advance(LIMITS.giveUpMs + 5000);
    expect(kinds()).toEqual({ a: 'unsent' });
    expect(sends).toEqual([]);
  });

  it('gives a record up in time, and does not send it again', async () => {
    const { publish, nth, sends, advance, kinds, publisher } = open();
    await publish(0, 'a');
    await advance(9_000);
    await publish(0, 'b');
    await advance(2_000);
    nth(0).fail(lost);
    await advance(5_000);
    expect(kinds()).toEqual({ a: 'unknown' });
    expect(sends.slice(1).flatMap(({ values }) => values)).toEqual(['0:b']);
    nth(1).acknowledge();
    await settled();
    expect(publisher.waiting).toBe(0);
  });

  it('gives up within one send more, however many records wait behind each other', async () => {
    const { publish, nth, sends, advance, outcomes } = open();
    const values = Array.from({ length: SEND_RECORDS_MAX * 2.5 }, (_, n) => `v${n}`);
    await publish(0, ...values);
    expect(nth(0).values).toHaveLength(SEND_RECORDS_MAX);
    await advance(LIMITS.giveUpMs);
    nth(0).fail(lost);
    await advance(60_000);
    expect(sends).toHaveLength(1);
    expect(outcomes.size).toBe(values.length);
  });

  it('gives up records of a partition that nobody leads', async () => {
    const { publish, advance, sends, kinds, state } = open();
    state.leader = () => {
      throw new Error('no leader');
    };
    await publish(0, 'a');
    await advance(LIMITS.giveUpMs + 5000);
    expect(kinds()).toEqual({ a: 'unsent' });
    expect(sends).toEqual([]);
  });

  it('is full at its bounds, of one partition at a share of them, and recovers', async () => {
    const { publish, nth, kinds, publisher } = open({ ...LIMITS, recordsMax: 8 });
    await publish(0, 'a');
    await publish(0, 'b', 'c', 'd', 'e');
    expect(kinds()).toEqual({ d: 'full', e: 'full' });
    await publish(1, 'f');
    await publish(1, 'g', 'h', 'i');
    await publish(2, 'j', 'k', 'l');
    expect(publisher.waiting).toBe(8);
    expect(kinds()).toMatchObject({ l: 'full' });
    nth(0).acknowledge();
    await settled();
    await publish(2, 'm');
    expect(kinds()).not.toHaveProperty('m');
  });

  it('takes a batch whole or not at all', async () => {
    const { publisher, sends } = open({ ...LIMITS, recordsMax: 3 });
    const record = (value: string) => ({ topic: 't', partition: 0, key: 'k', value });
    const refused = await Promise.all(publisher.publishAll(['a', 'b', 'c', 'd'].map(record)));
    expect(refused.map(({ kind }) => kind)).toEqual(['full', 'full', 'full', 'full']);
    void publisher.publishAll(['a', 'b', 'c'].map(record));
    await settled();
    expect(sends.map(({ values }) => values)).toEqual([['0:a', '0:b', '0:c']]);
  });

  it('ends with every record settled, and sends nothing afterwards', async () => {
    const { publisher, publish, nth, sends, advance, kinds, state } = open();
    await publish(0, 'a');
    await publish(0, 'b');
    let isClosed = false;
    void publisher.close(1000).then(() => (isClosed = true));
    await publish(0, 'c');
    expect(kinds()).toEqual({ c: 'full' });
    await advance(2000);
    expect(isClosed).toBe(true);
    expect(state.closed).toBe(1);
    nth(0).fail(lost);
    await advance(20_000);
    expect(kinds()).toEqual({ a: 'unknown', b: 'unsent', c: 'full' });
    expect(sends).toHaveLength(1);
    expect(publisher.waiting).toBe(0);
  });

  it('refuses for good what it could never hold, and stays full for what it could', async () => {
    const { publisher } = open({ ...LIMITS, bytesMax: 1_000 });
    const record = (value: string) => ({ topic: 't', partition: 0, key: 'k', value });
    const all = (...values: string[]) => Promise.all(publisher.publishAll(values.map(record)));
    const large = 'x'.repeat(250);
    const refused = { kind: 'refused', reason: 'too_large' };
    expect(await all(large, large)).toMatchObject([refused, refused]);
    expect(await publisher.publish(record('x'.repeat(400)))).toMatchObject(refused);
    void publisher.publish(record(large));
    expect(await all(large)).toEqual([{ kind: 'full' }]);
  });
});
