/**
 * Remembers what may be used once, for all instances together: tokens that are good for one request.
 * Stands beside the view store and shares its place, not its contract: nothing here is folded.
 */
export interface OneTimeUses {
  /**
   * True for the first use of an ID, false for every other until `expiresAtMs` (since the epoch); of
   * uses at the same time one is the first. Rejects, within about two seconds, when that cannot be told;
   * the ID may then count as used.
   * @param id At most 128 bytes.
   */
  use(id: string, expiresAtMs: number): Promise<boolean>;
}
