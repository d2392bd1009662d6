import type { OneTimeUses } from '@refold/pipeline';
import type { Environment } from './environment.js';
import { keyOf, keysBelow, lastPartOf, sortable } from './keys.js';

/** When each ID lapses, by ID; and the IDs by that time, to find those that have. */
const BY_ID = 'once';
const BY_END = 'once-until';

/** Lapsed IDs taken away at each use: more than one, so that they grow fewer. */
const SWEPT = 8;

/**
 * The uses of a folder, kept over a restart: a token must not be good again because the process was
 * started again. A use is answered once it is on the disk. Rejects on a full disk and once closed.
 */
export function createOneTimeUses(environment: Environment, clock: () => number): OneTimeUses {
  const { meta } = environment;

  /** Inside a write transaction. */
  function sweep(nowMs: number): void {
    const { start } = keysBelow(BY_END);
    const end = keyOf(BY_END, sortable(Math.floor(nowMs)));
    for (const key of [...meta.getKeys({ start, end, limit: SWEPT })]) {
      meta.removeSync(keyOf(BY_ID, lastPartOf(key)));
      meta.removeSync(key);
    }
  }

  return {
    use(id, expiresAtMs) {
      const until = sortable(Math.ceil(expiresAtMs));
      return environment.write(() => {
        const nowMs = clock();
        sweep(nowMs);
        const known = meta.get(keyOf(BY_ID, id));
        if (known !== undefined) {
          if (unlapsed(known, nowMs)) return false;
          meta.removeSync(keyOf(BY_END, known, id));
        }
        meta.putSync(keyOf(BY_ID, id), until);
        meta.putSync(keyOf(BY_END, until, id), '');
        return true;
      });
    },
  };
}

const unlapsed = (until: string, nowMs: number): boolean => until > sortable(Math.floor(nowMs));
