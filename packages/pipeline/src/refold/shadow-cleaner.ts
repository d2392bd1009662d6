import { noWrites } from '../ports/view-store.js';
import * as names from '../slot/names.js';
import type { Attempt } from './attempt.js';
import { encodeRetired, retiredField, retiredKeys } from './retired-keys.js';
import { readDocument } from './stored-document.js';

/** Shadows that are given up with one commit, and keys that one commit removes. */
const SHADOWS_MAX = 200;
const KEYS_MAX = 500;

/** Gives up shadows, of this attempt or one before: their streams are read as they are. */
export async function discardShadows(attempt: Attempt, subjects: readonly string[]): Promise<void> {
  for (let at = 0; at < subjects.length; at += SHADOWS_MAX) {
    const page = subjects.slice(at, at + SHADOWS_MAX);
    const began = attempt.ports.timing.now();
    await attempt.queued(async (live) => {
      const texts = await attempt.owned.reads(live).all('get', page.map(names.shadowName));
      const writes = noWrites();
      page.forEach((subject, i) => {
        writes.dropField.push([names.REBUILDING, subject]);
        const shadow = readDocument(texts[i] ?? null);
        if (shadow === null) return;
        const field = retiredField(subject, shadow.incarnation);
        const text = encodeRetired(shadow.state?.seq ?? 0, shadow.transientDays);
        writes.putField.push([names.RETIRED, field, text]);
        writes.remove.push(names.shadowName(subject));
      });
      await attempt.owned.commit(live, { writes });
    });
    await attempt.pause(began);
  }
}

/** Gives up all shadows that the slot holds, and removes the keys that nothing reads any more. */
export async function cleanSlot(attempt: Attempt): Promise<void> {
  attempt.progress.phase = 'cleaning';
  const rebuilding = await attempt.queued((live) =>
    attempt.owned.reads(live).all('fields', [names.REBUILDING]),
  );
  await discardShadows(attempt, [...(rebuilding[0]?.keys() ?? [])]);
  const retired = await attempt.queued((live) =>
    attempt.owned.reads(live).all('fields', [names.RETIRED]),
  );
  await removeRetired(attempt, [...(retired[0] ?? [])]);
}

async function removeRetired(attempt: Attempt, retired: [string, string][]): Promise<void> {
  let writes = noWrites();
  const commit = async (): Promise<void> => {
    const began = attempt.ports.timing.now();
    const one = writes;
    writes = noWrites();
    await attempt.queued((live) => attempt.owned.commit(live, { writes: one }));
    await attempt.pause(began);
  };
  for (const [field, text] of retired) {
    for (const key of retiredKeys(field, text)) {
      writes.remove.push(key);
      if (writes.remove.length >= KEYS_MAX) await commit();
    }
    writes.dropField.push([names.RETIRED, field]);
  }
  if (writes.dropField.length > 0) await commit();
}
