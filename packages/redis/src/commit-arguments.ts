import type { Notice, Writes } from '@refold/pipeline';

/** Where a slot's keys begin, and what channels begin with. */
export interface Prefixes {
  key: string;
  channel: string;
}

/**
 * The arguments of `commit.lua` (its header says what stands where), for EVALSHA. Strings only and
 * one pass: this runs for every commit, with hundreds of keys.
 */
export function commitArguments(
  digest: string,
  prefixes: Prefixes,
  expected: string | null,
  next: string,
  writes: Writes,
  notices: readonly Notice[],
): string[] {
  const prefix = prefixes.key;
  const args = [digest, '', `${prefix}checkpoint`, `${prefix}counters`];
  const channel = notices[0] === undefined ? '' : prefixes.channel + notices[0].channel;
  const rest = [expected === null ? '0' : '1', expected ?? '', next, channel];

  rest.push(String(writes.set.length));
  for (const [name, value] of writes.set) {
    args.push(prefix + name);
    rest.push(value);
  }
  addGroups(args, rest, prefix, groupPairs(writes.push));
  addGroups(args, rest, prefix, groupTriples(writes.putField));
  addGroups(args, rest, prefix, groupPairs(writes.dropField));
  addGroups(args, rest, prefix, groupRanks(writes.rank));
  addGroups(args, rest, prefix, groupPairs(writes.unrank));

  rest.push(String(writes.count.length));
  for (const [counter, amount] of writes.count) rest.push(counter, String(amount));
  rest.push(String(writes.remove.length));
  for (const name of writes.remove) args.push(prefix + name);
  rest.push(String(notices.length));
  for (const { channel, message } of notices) rest.push(prefixes.channel + channel, message);

  args[1] = String(args.length - 2);
  for (const one of rest) args.push(one);
  return args;
}

/** Arguments by name, in the order given: one command per name instead of one per write. */
type Groups = Map<string, string[]>;

function groupOf(groups: Groups, name: string): string[] {
  const group = groups.get(name);
  if (group !== undefined) return group;
  const fresh: string[] = [];
  groups.set(name, fresh);
  return fresh;
}

function groupPairs(writes: readonly [name: string, item: string][]): Groups {
  const groups: Groups = new Map();
  for (const [name, item] of writes) groupOf(groups, name).push(item);
  return groups;
}

function groupTriples(writes: Writes['putField']): Groups {
  const groups: Groups = new Map();
  for (const [name, field, value] of writes) groupOf(groups, name).push(field, value);
  return groups;
}

function groupRanks(writes: Writes['rank']): Groups {
  const groups: Groups = new Map();
  for (const [name, member, score] of writes) groupOf(groups, name).push(String(score), member);
  return groups;
}

function addGroups(args: string[], rest: string[], prefix: string, groups: Groups): void {
  rest.push(String(groups.size));
  for (const [name, group] of groups) {
    args.push(prefix + name);
    rest.push(String(group.length));
    for (const one of group) rest.push(one);
  }
}
