import {
  listRunsQuery,
  type ListRunsQuery,
  type RunListReply,
  type RunReply,
} from '@refold/contracts';
import { mayClaim, NOBODY, ownerText, type Owner } from '@refold/domain';
import type { ListEntry } from '@refold/pipeline';
import type { HttpServer } from '@refold/service';
import {
  API_ROOT,
  checkedMembers,
  positionsText,
  presentRun,
  maySee,
  namedIds,
  runDocumentOf,
  standingOf,
  withBoundOwnerTexts,
} from '@refold/serving';
import { caughtUp } from '../caught-up.js';
import { filteredList, namedList } from '../filtered-list.js';
import { cursorOf, cursorText } from '../list-cursor.js';
import type { Reads } from '../reads.js';
import { setReadHeaders } from '../reply-headers.js';

/**
 * The index that has the fewest runs besides those asked for; of a caller that is bound, never one with runs
 * of others, whose places the cursor would tell.
 */
export function indexOf(filter: ListRunsQuery, principal: string | null): string {
  if (principal?.endsWith('/') === true) return `runs/tenant/${principal.slice(0, -1)}`;
  if (principal !== null) return `runs/owner/${principal}`;
  if (filter.worker_id !== undefined) return `runs/worker/${filter.worker_id}`;
  return filter.status === undefined ? 'runs/all' : `runs/status/${filter.status}`;
}

const keeps =
  (filter: ListRunsQuery, principal: string | null) =>
  ({ document }: ListEntry): boolean => {
    const state = document?.state ?? null;
    if (document === null || state === null) return false;
    const { status, worker_id: workerId, tenant } = filter;
    const run = runDocumentOf(document);
    const isTenant = principal?.endsWith('/') === true;
    return (
      (status === undefined || state.status === status) &&
      (workerId === undefined || run.worker_id === workerId) &&
      (tenant === undefined || run.tenant === tenant) &&
      (isTenant
        ? mayClaim(state.owner, { principal, bound: true })
        : principal === null || ownerText(state.owner) === principal)
    );
  };

const ownerOf = ({ document }: ListEntry): Owner => document?.state?.owner ?? NOBODY;

/** `GET /internal/v1/runs`: newest first. */
export function listRunsRoute(app: HttpServer, reads: Reads): void {
  const served = reads.served.run;
  app.get(`${API_ROOT}/runs`, async (call, reply) => {
    const { caller } = call;
    const filter = checkedMembers(listRunsQuery, withBoundOwnerTexts(caller, call.query));
    const { principal } = standingOf(caller, filter);
    const before = filter.cursor === undefined ? undefined : cursorOf(filter.cursor);
    await caughtUp(served, filter);
    const keep = keeps(filter, principal);
    const named = caller === null ? null : namedIds(caller, 'run');
    const { entries, next, positions } =
      named === null
        ? await filteredList(served.reader, {
            kind: 'run',
            index: indexOf(filter, principal),
            keep,
            limit: filter.limit,
            before,
          })
        : await namedList(served.reader, 'run', named, {
            keep: (entry) => keep(entry) && maySee(caller, 'run', ownerOf(entry)),
            limit: filter.limit,
            before,
          });
    setReadHeaders(reply, positionsText(positions));
    const runs = entries.map(presentRun).filter((run): run is RunReply => run !== null);
    const body: RunListReply = { runs, next_cursor: next === null ? null : cursorText(next) };
    return reply.send(body);
  });
}
