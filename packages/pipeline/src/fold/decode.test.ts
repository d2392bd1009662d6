import { encodeEnvelope, partitionOf } from '@refold/contracts';
import type { EnvelopeFields } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../ports/event-log.js';
import { decodeRecord } from './decode.js';

const PARTITIONS = 4;
const HOME = partitionOf('r', PARTITIONS);

const envelope = (fields: Partial<EnvelopeFields> = {}): string =>
  encodeEnvelope({
    id: 'e1',
    source: 'test',
    type: 'run.started',
    subject: 'run/r',
    data: null,
    ...fields,
  });

const rules = (data: EnvelopeFields['data']) => envelope({ type: 'rules.changed', data });

const decode = (record: Partial<LogRecord>, partition = HOME) =>
  decodeRecord(
    { offset: 7, key: 'r', value: envelope(), timestamp: 1000, leaderEpoch: 0, ...record },
    {
      projection: {
        name: 'runs',
        topic: 't',
        kinds: ['run'],
        partitions: PARTITIONS,
        generation: 1,
      },
      partition,
      streams: new Map(),
      texts: new Map(),
    },
  );

describe('decodeRecord', () => {
  it('reads a claim with everything that judging needs', () => {
    const value = envelope({
      data: { b: 1, a: [2] },
      expectedseq: 3,
      appendonly: true,
      idempotencykey: 'key',
      principal: 'user:1',
      replyto: 'door',
    });
    expect(decode({ value })).toMatchObject({
      kind: 'claim',
      claim: {
        subject: 'run/r',
        kind: 'run',
        streamId: 'r',
        schemaVersion: 1,
        dataText: '{"b":1,"a":[2]}',
        expectedSeq: 3,
        appendOnly: true,
        idempotencyKey: 'key',
        principal: 'user:1',
        replyTo: 'door',
        offset: 7,
        appendTime: 1000,
      },
    });
  });

  it.each([
    ['the adapter calls it unfit', { unfit: 'a record of a transaction' }, /transaction/],
    ['it has no value', { value: null }, /no value/],
    ['it is not JSON', { value: 'text' }, /not a Refold record/],
    ['it is no object', { value: '[1]' }, /not a Refold record/],
    ['it is somebody else’s object', { value: '{"specversion":"1.0"}' }, /not a Refold record/],
    ['an attribute is wrong', { value: envelope({ id: '' }) }, /attribute id/],
    ['its version is no number', { value: envelope().replace(':1,', ':"1",') }, /refoldversion/],
    ['it names no stream', { value: envelope({ subject: 'nothing/r' }) }, /does not name a stream/],
    ['its stream lives elsewhere', { value: envelope({ subject: 'worker/r' }) }, /does not belong/],
    ['its key is another', { key: 'x' }, /the key is "x"/],
    ['it has no key', { key: null }, /the key is ""/],
  ])('buries a record when %s', (_, record, reason) => {
    const decoded = decode(record);
    expect(decoded).toMatchObject({ kind: 'dead_letter', offset: 7 });
    expect(decoded.kind === 'dead_letter' && decoded.reason).toMatch(reason);
  });

  it('buries a record on the wrong partition and says where it belongs', () => {
    const decoded = decode({}, (HOME + 1) % PARTITIONS);
    expect(decoded).toMatchObject({ kind: 'dead_letter', misplaced: true });
    const reason = decoded.kind === 'dead_letter' ? decoded.reason : '';
    expect(reason).toContain(`belongs on partition ${HOME}`);
    expect(reason).toContain('partitioner=murmur2_random');
  });

  it.each([
    ['envelope', { value: envelope().replace('"refoldversion":1', '"refoldversion":2') }],
    ['envelope, whatever else is in it', { value: '{"refoldversion":2}' }],
  ])('stops at a newer version of the %s', (_, record) => {
    expect(decode(record)).toMatchObject({ kind: 'unknown_version', offset: 7 });
  });

  it('selects a decider only by a record that is at home on its partition', () => {
    const value = rules({ decider: 3, history: [[5, 2]] });
    expect(decode({ value })).toEqual({ kind: 'rules', offset: 7, decider: 3, history: [[5, 2]] });
    expect(decode({ value }, (HOME + 1) % PARTITIONS)).toMatchObject({ kind: 'dead_letter' });
  });

  it.each([
    [null, 'data: an object'],
    [{ decider: 1 }, 'data.history: an array'],
    [{ decider: 0, history: [] }, 'data.decider: at least 1'],
    [{ decider: '1', history: [] }, 'data.decider: a number'],
    [{ decider: 1.5, history: [] }, 'data.decider: an integer'],
    [{ decider: 2, history: [[1]] }, 'data.history.0'],
    [{ decider: 2, history: [[1, 1]] }, 'data.history: offsets and versions that rise'],
    [
      {
        decider: 2,
        history: [
          [3, 2],
          [3, 3],
        ],
      },
      'data.history: offsets and versions that rise',
    ],
    [
      {
        decider: 2,
        history: [
          [3, 3],
          [4, 3],
        ],
      },
      'data.history: offsets and versions that rise',
    ],
    [{ decider: 2, history: [[7, 2]] }, 'data.history names offset 7: expected offsets below'],
  ])('buries rules.changed with data %j and says what is wrong', (data, fault) => {
    const decoded = decode({ value: rules(data) });
    expect(decoded).toMatchObject({ kind: 'dead_letter', offset: 7 });
    expect(decoded.kind === 'dead_letter' && decoded.reason).toContain(`rules.changed: ${fault}`);
  });

  it('does not fall over data of any depth', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const value = envelope({ data: 'here' }).replace('"here"', deep);
    expect(decode({ value })).toMatchObject({ kind: 'claim', claim: { dataText: '' } });
  });
});
