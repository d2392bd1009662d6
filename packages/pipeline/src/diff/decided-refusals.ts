import { parseSubject } from '@refold/contracts';
import { changedRefusals } from './changed-refusals.js';
import type { ChangedRefusal } from './changed-refusals.js';
import type { SlotSide } from './slot-sides.js';

/** Refusals whose streams are looked at together. */
const PAGE = 100;

/** Of these refusals those of claims that the old generation did not decide. */
async function decidedNow(
  old: SlotSide,
  page: readonly ChangedRefusal[],
): Promise<Set<ChangedRefusal>> {
  const asked = page.flatMap((one) => {
    const subject = one.stream === null ? null : parseSubject(one.stream);
    return one.old !== null || subject === null ? [] : [{ one, ...subject }];
  });
  const decided = new Set<ChangedRefusal>();
  for (const kind of new Set(asked.map((one) => one.kind))) {
    const some = asked.filter((one) => one.kind === kind);
    const sides = await old.streams(
      kind,
      some.map(({ streamId }) => streamId),
    );
    for (const [at, { one }] of some.entries()) {
      const from = sides[at]?.document?.parked?.offset;
      if (from !== undefined && from <= one.offset) decided.add(one);
    }
  }
  return decided;
}

/** Claims that were decided, and of which the new generation says otherwise whether, or why, they were refused. */
export async function refusedOtherwise(old: SlotSide, fresh: SlotSide): Promise<ChangedRefusal[]> {
  const changed = changedRefusals(await old.refusals(), await fresh.refusals());
  const otherwise: ChangedRefusal[] = [];
  for (let at = 0; at < changed.length; at += PAGE) {
    const page = changed.slice(at, at + PAGE);
    const decided = await decidedNow(old, page);
    otherwise.push(...page.filter((one) => !decided.has(one)));
  }
  return otherwise;
}
