import { entriesOf } from '../fold/touched-stream.js';
import { differingPlaces, valueText } from '../differing-places.js';
import { VERDICT_COUNTERS } from '../slot/verdict-digest.js';
import type { StreamSide } from './stream-side.js';
import { FIELDS_MAX, VALUE_LENGTH_MAX } from './generation-diff.js';
import type { FieldChange } from './generation-diff.js';

/** What readers of a document see of it. */
const seen = ({ document }: StreamSide): Record<string, unknown> => ({
  state: document?.state ?? undefined,
  views: document?.views,
  parked: document?.parked ?? undefined,
  view_faults: document?.viewFaults.map(({ view, error }) => `${view}: ${error}`),
});

/** Where the stream stands in indexes: a pure function of its document. */
export function placesOf({ stream, document, views }: StreamSide): Map<string, number> {
  const places = new Map<string, number>();
  for (const entry of entriesOf({ ...stream, document }, views)) {
    if (entry.type === 'rank') places.set(entry.index, entry.score);
  }
  return places;
}

/** What the stream adds to counters, the digest of verdicts left out: verdicts are compared one by one. */
export function countsOf({ stream, document, views }: StreamSide): Map<string, number> {
  const counts = new Map<string, number>();
  for (const entry of entriesOf({ ...stream, document }, views)) {
    if (entry.type !== 'count' || VERDICT_COUNTERS.some((one) => one === entry.counter)) continue;
    counts.set(entry.counter, (counts.get(entry.counter) ?? 0) + entry.amount);
  }
  return counts;
}

const cut = (text: string | null): string | null =>
  text !== null && text.length > VALUE_LENGTH_MAX ? text.slice(0, VALUE_LENGTH_MAX) : text;

/** Index names and pointers may hold IDs: what is counted is their first parts. */
export function placeOf(field: string): string {
  const [, top = '', ...rest] = field.split('/');
  return ['', top, ...rest.slice(0, top === 'state' ? 1 : 2)].join('/');
}

/** What differs in a stream that both sides have, and each kind of field once. */
export interface ChangedFields {
  /** The first {@link FIELDS_MAX}, cut. */
  fields: FieldChange[];
  /** How many differ besides those. */
  fieldsLeftOut: number;
  places: Set<string>;
}

/** Every field and index in which two builds of one stream differ. */
export function changedFields(old: StreamSide, fresh: StreamSide): ChangedFields {
  const changed: ChangedFields = { fields: [], fieldsLeftOut: 0, places: new Set() };
  const note = (field: string, a: unknown, b: unknown): void => {
    changed.places.add(placeOf(field));
    if (changed.fields.length >= FIELDS_MAX) changed.fieldsLeftOut += 1;
    else changed.fields.push({ field, old: cut(valueText(a)), new: cut(valueText(b)) });
  };
  for (const { field, a, b } of differingPlaces(seen(old), seen(fresh))) note(field, a, b);
  const [before, after] = [placesOf(old), placesOf(fresh)];
  for (const index of new Set([...before.keys(), ...after.keys()])) {
    const [a, b] = [before.get(index), after.get(index)];
    if (a !== b) note(`/indexes/${index}`, a, b);
  }
  return changed;
}
