import type { JsonValue } from '@refold/contracts';

/** The members that say something: null and absent mean the same, and are left out. */
export function presentMembers(members: Readonly<Record<string, JsonValue | undefined>>): {
  [member: string]: JsonValue;
} {
  const present: { [member: string]: JsonValue } = {};
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined && value !== null) present[name] = value;
  }
  return present;
}
