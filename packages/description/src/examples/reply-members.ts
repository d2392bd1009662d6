/** By status. */
export type ReplyExamples = Readonly<Record<number, unknown>>;

export const MADE_AT = '2026-01-31T12:00:00.000Z';
export const CHANGED_AT = '2026-01-31T12:00:04.000Z';

/** What every read model tells of its age. */
export const freshAt = (position: string) => ({
  position,
  freshness: { state: 'current', as_of: CHANGED_AT },
});

/** The verdict on a claim that became an event. */
export const accepted = (seq: number, position: string, eventId: string) => ({
  seq,
  verdict: 'accepted',
  idempotent_replay: false,
  event_id: eventId,
  recorded_at: seq === 1 ? MADE_AT : CHANGED_AT,
  position,
});

const RECEIPT =
  'WzEsInJ1bnMiLCJydW4vcnVuLTQyIiwiL3JlZm9sZC9pbmdlc3QiLCJlODg2NWQ3Ni04MGNmLTg5MDktYTRmNi1jNTEyMzVjOWI4NTEiLCJkYjk3MGFjNzY3ZDdiZmY4IiwwLDVd';

/** The answer to a claim that nobody waits for; `named` is what the claim is about. */
export const pending = (named: object, position: string, eventId: string) => ({
  ...named,
  verdict: 'pending',
  receipt: RECEIPT,
  position,
  event_id: eventId,
});
