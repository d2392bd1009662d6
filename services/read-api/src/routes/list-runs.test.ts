import { listRunsQuery } from '@refold/contracts';
import { describe, expect, it } from 'vitest';
import { indexOf } from './list-runs.js';

const index = (query: object, principal: string | null) =>
  indexOf(listRunsQuery.parse(query), principal);

describe('the index of a list of runs', () => {
  it('has runs of the caller alone, whatever else is asked for', () => {
    for (const query of [{}, { status: 'running' }, { worker_id: 'w' }]) {
      expect(index(query, 'acme/')).toBe('runs/tenant/acme');
      expect(index(query, 'acme/user:7')).toBe('runs/owner/acme/user:7');
      expect(index(query, 'user:7')).toBe('runs/owner/user:7');
    }
  });

  it('is the narrowest one for who may see all', () => {
    expect(index({}, null)).toBe('runs/all');
    expect(index({ status: 'running' }, null)).toBe('runs/status/running');
    expect(index({ status: 'running', worker_id: 'w' }, null)).toBe('runs/worker/w');
  });
});
