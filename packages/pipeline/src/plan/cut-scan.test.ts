import { RULEBOOK } from '@refold/domain';
import type { Claim } from '@refold/domain';
import { describe, expect, it } from 'vitest';
import type { Decoded } from '../fold/decode.js';
import { SkipLog } from '../slot/skip-log.js';
import { encodeDocument } from '../slot/stream-document.js';
import { CutScan } from './cut-scan.js';

const END = 1_000_000;

const documentOf = (first: number, next: number): string =>
  encodeDocument({
    state: {
      ...{ seq: 1, chain: '', status: 'archived', owner: { tenant: null, principal: null } },
      ...{ createdAt: 0, updatedAt: 0 },
    },
    ...{ views: {}, first, next, firstTime: 0, incarnation: 0, parked: null, viewFaults: [] },
    ...{ transientDays: [], carried: null },
  });

/** A read of a log from its start. */
function open() {
  const outer = { reason: 'recent', offset: END } as const;
  const scan = new CutScan({ rulebook: RULEBOOK, skips: new SkipLog(), outer, start: 0 });
  const record = (offset: number, decoded: Decoded): void =>
    scan.record({ offset, key: 'k', value: 'v', timestamp: offset, leaderEpoch: 0 }, decoded);
  const claim = (id: string, offset: number, type = 'run.started'): void => {
    const subject = `run/${id}`;
    const claimed = {
      ...{ subject, kind: 'run', streamId: id, offset, type, identity: `${offset}`, data: null },
      ...{ dataText: 'null', schemaVersion: 1, expectedSeq: null, appendOnly: false },
    } as unknown as Claim;
    record(offset, { kind: 'claim', claim: claimed });
  };
  const place = (offset: number): void =>
    record(offset, { kind: 'rules', decider: 1, history: [], offset });
  return { scan, claim, place };
}

describe('reading a log for where it may be cut', () => {
  it('remembers some streams only, and comes to the same', () => {
    const { scan, claim, place } = open();
    const many = 100_050;
    const meet = (id: string, offset: number, document: string): void => {
      if (scan.isUnknown(`run/${id}`)) scan.meet(`run/${id}`, offset, document);
    };
    meet('long', 0, documentOf(0, many + 5));
    claim('long', 0);
    for (let n = 1; n <= many; n++) {
      scan.makeRoom();
      meet(`r${n}`, n, documentOf(n, n + 1));
      claim(`r${n}`, n, 'run.delta');
    }
    expect(scan.isUnknown('run/long')).toBe(true);
    expect(scan.isUnknown(`run/r${many}`)).toBe(false);
    place(many + 1);
    expect(scan.cut()).toMatchObject({ to: many + 1, streams: many + 1 });
    // What it had forgotten is looked up once more, and is not counted again.
    meet('long', many + 2, documentOf(0, many + 5));
    claim('long', many + 2, 'run.delta');
    place(many + 3);
    expect(scan.cut()).toMatchObject({ to: many + 3, streams: many + 1 });
    claim('long', many + 4);
    expect(scan.cut()).toMatchObject({
      ...{ to: 0, heldBy: { reason: 'parted', stream: 'run/long', offset: 0 } },
    });
    place(many + 5);
    expect(scan.cut()).toMatchObject({ to: many + 5, streams: many + 1 });
  });
});
