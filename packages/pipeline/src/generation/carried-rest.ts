import type { Read, Writes } from '../ports/view-store.js';
import { noWrites } from '../ports/view-store.js';
import * as names from '../slot/names.js';
import { encodeRefusal } from '../slot/refusals.js';
import type { Refusal } from '../slot/refusals.js';
import { encodeSkip, skipField } from '../slot/skip-log.js';
import type { SlotCache } from '../slot/slot-cache.js';
import type { CarriedMoment, CarriedSource } from './carried-source.js';

/** Fields that one commit writes. */
const FIELDS_MAX = 500;

type Field = Writes['putField'][number];

const isSame = (a: Refusal, b: Refusal | undefined): boolean =>
  b !== undefined && encodeRefusal(a) === encodeRefusal(b);

/** Refusals of streams that have not begun. What a stream was refused that is folded anew is its own affair. */
async function refusalsOf(
  { refusals }: CarriedMoment,
  cache: SlotCache,
  begunOf: (subjects: readonly string[]) => Promise<Set<string>>,
): Promise<Field[]> {
  const others = [...refusals.all()].filter(
    ([identity, refusal]) => !isSame(refusal, cache.refusals.get(identity)),
  );
  const subjects = new Set(
    others.flatMap(([, { subject }]) => (subject === null ? [] : [subject])),
  );
  const begun = await begunOf([...subjects]);
  return others
    .filter(([, { subject }]) => subject === null || !begun.has(subject))
    .map(([identity, refusal]) => [names.REFUSALS, identity, encodeRefusal(refusal)]);
}

/** Claims that were left out before the log begins. */
const skipsOf = ({ skips }: CarriedMoment, { start }: { start: number }): Field[] =>
  skips
    .all()
    .filter(({ at }) => at < start)
    .map((skip) => [names.SKIPS, skipField(skip), encodeSkip(skip)]);

/** Dead letters before the log begins. */
async function lettersOf(source: CarriedSource, { start }: { start: number }): Promise<Field[]> {
  const { results } = await source.at([{ kind: 'fields', name: names.DEAD_LETTER_PLACES }]);
  const places = [...(results[0] as Map<string, string>).keys()].filter((at) => Number(at) < start);
  const fields: Field[] = [];
  for (let at = 0; at < places.length; at += FIELDS_MAX) {
    const page = places.slice(at, at + FIELDS_MAX);
    const reads = page.map((field): Read => ({ kind: 'field', name: names.DEAD_LETTERS, field }));
    const letters = (await source.at(reads)).results as (string | null)[];
    for (const [i, place] of page.entries()) {
      const text = letters[i] ?? null;
      if (text === null) continue;
      fields.push([names.DEAD_LETTERS, place, text], [names.DEAD_LETTER_PLACES, place, '']);
    }
  }
  return fields;
}

/** What a slot lacks that belongs to none of its streams, as the writes of several commits. */
export async function restOf(
  source: CarriedSource,
  moment: CarriedMoment,
  cache: SlotCache,
  begunOf: (subjects: readonly string[]) => Promise<Set<string>>,
): Promise<Writes[]> {
  const start = cache.carried?.start ?? 0;
  const fields = [
    ...(await refusalsOf(moment, cache, begunOf)),
    ...skipsOf(moment, { start }),
    ...(await lettersOf(source, { start })),
  ];
  const commits: Writes[] = [];
  for (let at = 0; at < fields.length; at += FIELDS_MAX) {
    commits.push({ ...noWrites(), putField: fields.slice(at, at + FIELDS_MAX) });
  }
  return commits;
}
