import { describe, expect, it } from 'vitest';
import { payloadHash, projectionHash, trajectoryHash } from './trajectory-hash.js';

const events = [
  {
    seq: 1,
    type: 'run.started',
    data: { b: 1, a: 'ü' },
    idempotencyKey: null,
    recordedAt: Date.parse('2026-02-21T03:14:00Z'),
  },
  {
    seq: 2,
    type: 'run.finished',
    data: { status: 'succeeded' },
    idempotencyKey: 'k',
    recordedAt: Date.parse('2026-02-21T03:14:01.005Z'),
  },
];

// The expected values were computed with Python's json and hashlib.
describe('hashes of the original contract', () => {
  it('name a trajectory', () => {
    expect(trajectoryHash(events)).toBe(
      'sha256:82333f5774e5b67d00639853c9a166d958a4bd470a9bf332414d4e9a3b628513',
    );
  });

  it('change with any event', () => {
    const [first, second] = events;
    expect(trajectoryHash([first!])).not.toBe(trajectoryHash(events));
    expect(trajectoryHash([second!, first!])).not.toBe(trajectoryHash(events));
  });

  it('name a payload and a summary, whatever the order of members', () => {
    const payload = 'sha256:ee743f2fa2570a1b5e3270cc405d0456b983ba03ab9cb27552fc6c1a720183c7';
    expect(payloadHash({ b: [1, 2], a: null })).toBe(payload);
    expect(payloadHash({ a: null, b: [1, 2] })).toBe(payload);
    expect(projectionHash({ event_count: 3, run_id: 'r-1', last_seq: 3, status: 'running' })).toBe(
      'sha256:13f89ea3d765d7ec030e464ea442563b77269472d9a7c2accd09611ff30c8ec6',
    );
  });
});
