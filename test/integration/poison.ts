import { RULEBOOK, rulesOf } from '@refold/domain';
import { vi } from 'vitest';

/** The type of event that broken rules throw on. */
export const POISON = 'my.poison';

/** The rules of runs throw on {@link POISON}, for a cause that its payload names, until they are mended. */
export function breakRules(): { mend(): void } {
  const rules = rulesOf(RULEBOOK, 1).run;
  const transition = rules.transition.bind(rules);
  const spy = vi.spyOn(rules, 'transition').mockImplementation((status, claim, owner) => {
    if (claim.type !== POISON) return transition(status, claim, owner);
    throw new TypeError(`poison ${JSON.stringify(claim.data)}`);
  });
  return { mend: () => spy.mockRestore() };
}
