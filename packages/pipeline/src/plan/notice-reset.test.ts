import { describe, expect, it } from 'vitest';
import { taggedWith } from '../ports/group-offset.js';
import { noticeReset } from './notice-reset.js';

const NONE = { kind: 'none' };
const notice = (offset: number, metadata = '', next = 100) =>
  noticeReset({ offset, metadata }, { next });

describe('a committed offset', () => {
  it('that carries no tag and lies below the checkpoint is an operator’s reset', () => {
    expect(notice(0)).toEqual({ kind: 'reset', target: 0 });
    expect(notice(99)).toEqual({ kind: 'reset', target: 99 });
    expect(notice(99, 'some tool')).toEqual({ kind: 'reset', target: 99 });
  });

  it('that is absent, expired or deleted is no reset', () => {
    expect(noticeReset(null, { next: 100 })).toEqual(NONE);
    expect(notice(-1)).toEqual(NONE);
  });

  it('that a client library commits by itself is no reset', () => {
    expect(notice(-2)).toEqual(NONE);
  });

  it('that carries our tag is no reset, with or without a note, of whatever version', () => {
    expect(notice(10, taggedWith(''))).toEqual(NONE);
    expect(notice(10, taggedWith('pending op-1 10'))).toEqual(NONE);
    expect(notice(10, 'refold/2')).toEqual(NONE);
    expect(notice(10, 'refold/1pending')).toEqual({ kind: 'reset', target: 10 });
    expect(notice(10, 'not refold/1')).toEqual({ kind: 'reset', target: 10 });
  });

  it('that lies ahead of the checkpoint is refused, with what it would skip', () => {
    expect(notice(101)).toEqual({ kind: 'forward', target: 101, skips: 1 });
    expect(notice(140)).toEqual({ kind: 'forward', target: 140, skips: 40 });
    expect(notice(140, taggedWith(''))).toEqual(NONE);
  });

  it('that is the checkpoint asks for nothing', () => {
    expect(notice(100)).toEqual(NONE);
  });

  it('takes nothing back where nothing is folded yet', () => {
    expect(noticeReset({ offset: 5, metadata: '' }, null)).toEqual(NONE);
    expect(notice(0, '', 0)).toEqual(NONE);
  });
});
