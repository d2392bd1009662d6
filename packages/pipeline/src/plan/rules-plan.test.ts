import { RULEBOOK } from '@refold/domain';
import type { Rulebook } from '@refold/domain';
import { describe, expect, it } from 'vitest';
import { openPlans } from './generation-plans.fixture.js';

const rulesChanged = (decider: number): string =>
  JSON.stringify({
    ...{ specversion: '1.0', refoldversion: 1, id: 'r', source: 's', type: 'rules.changed' },
    ...{ subject: 'run/a', datacontenttype: 'application/json' },
    data: { decider, history: [] },
  });

describe('the plan of a change of the rules', () => {
  const two: Rulebook = { ...RULEBOOK, deciders: [...RULEBOOK.deciders, ...RULEBOOK.deciders] };

  it('says from where on, and what cannot be known', async () => {
    const { plan } = await openPlans(two);
    const { planned, refusals } = await plan('change-rules', { target: 'rules', decider: 2 });
    expect(refusals).toEqual([]);
    expect(planned.plan.rules).toMatchObject({ decider: 2 });
    expect(planned.plan.rules?.note).toContain('cannot be asked');
    expect(planned.plan.partitions).toMatchObject([{ from: 4, to: 4, decider: 1, records: 1 }]);
    expect(planned.plan.records).toBe(1);
  });

  it('is refused for a version that this build lacks, for the one in force, and for an older one', async () => {
    const { plan, log, fold } = await openPlans(two);
    const to = (decider: number) => plan('change-rules', { target: 'rules', decider });
    await expect(to(3)).rejects.toMatchObject({ field: 'decider' });
    const value = rulesChanged(2);
    log.appendForeign('t', 0, { key: 'a', value });
    await fold(1, two);
    const again = await to(2);
    expect(again.refusals).toEqual([{ reason: 'rules_in_force', partition: 0, in_force: 2 }]);
    expect(again.planned.plan.records).toBe(0);
    const refused = await to(1);
    expect(refused.refusals).toEqual([{ reason: 'older_rules', partition: 0, in_force: 2 }]);
  });
});
