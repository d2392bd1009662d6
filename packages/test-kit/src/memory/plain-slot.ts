import type { SlotDump } from './memory-slot.js';

/** What does not depend on how a slot came to hold it: by name, with texts that can be compared. */
export type PlainSlot = Record<string, unknown>;

const KEPT_OF_REFOLDS = new Set(['refold-state', 'refolds-done', 'refold-progress']);

/** `t:run/a:3:0` → its parts; the subject may have colons. */
function partsOf(name: string): { subject: string; incarnation: string; rest: string } {
  const [rest = '', incarnation = '', ...subject] = name.slice(2).split(':').reverse();
  return { subject: subject.reverse().join(':'), incarnation, rest };
}

/**
 * A slot without what depends on the path by which it was folded: incarnations, the borders of
 * commits within lists, commit IDs and what is kept of refolds that are over. Slots that were folded
 * from the same records are equal, whatever was folded twice; what a refold left behind is not hidden.
 */
export function plainSlot(dump: SlotDump): PlainSlot {
  const plain: PlainSlot = {
    checkpoint: dump.checkpoint?.split('|').slice(0, -1).join('|') ?? null,
  };
  const incarnations = new Map<string, string>();
  for (const [name, text] of Object.entries(dump.text)) {
    if (KEPT_OF_REFOLDS.has(name)) continue;
    if (!name.startsWith('d:')) {
      plain[name] = text;
      continue;
    }
    const { i = 0, ...document } = JSON.parse(text) as { i?: number };
    incarnations.set(name.slice(2), String(i));
    plain[name] = document;
  }
  for (const [name, elements] of Object.entries(dump.lists)) {
    const { subject, incarnation, rest } = partsOf(name);
    const isRead = incarnations.get(subject) === incarnation;
    plain[isRead ? `${name.slice(0, 2)}${subject}:*:${rest}` : name] = contentOf(name, elements);
  }
  for (const [name, fields] of Object.entries(dump.hashes)) {
    if (!KEPT_OF_REFOLDS.has(name)) plain[name] = fields;
  }
  return { ...plain, ...dump.ranked };
}

/** The lines of a timeline in order; of the other lists each entry by itself, in no order. */
function contentOf(name: string, elements: readonly string[]): string[] {
  if (name.startsWith('t:')) return elements.flatMap((element) => element.split('\n'));
  const entries = elements.flatMap((element) => element.split(','));
  if (name.startsWith('x:')) return entries.sort();
  return entries
    .flatMap((run) => {
      const [first = '', identities = ''] = run.split(':');
      const seq = Number.parseInt(first, 36);
      return (identities.match(/.{22}/g) ?? []).map((identity, at) => `${seq + at} ${identity}`);
    })
    .sort();
}
