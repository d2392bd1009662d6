import { partitionOf } from '@refold/contracts';
import { ProjectionReader } from '@refold/pipeline';
import { createMemoryViewStore, foldLog } from '@refold/test-kit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freshId, sharedStack } from './http-fixture.js';
import type { OpenPorts } from './http-stack.js';
import { carriedOut } from './operator-runs.js';

/** Of the shared stack. */
const PARTITIONS = 4;

const HOUR_MS = 60 * 60 * 1_000;

/** A log that is cut while runs are under way, over HTTP on any backend. */
export function partedSuite(backend: string, open: OpenPorts): void {
  describe(`a log on which some run is always under way, on ${backend}`, () => {
    const stack = sharedStack(open);

    afterEach(() => {
      vi.restoreAllMocks();
    });

    /** A new run of the first partition. */
    async function begin(): Promise<string> {
      let id = freshId('run');
      while (partitionOf(id, PARTITIONS) !== 0) id = freshId('run');
      await stack().post('/runs', { run_id: id });
      return id;
    }

    async function archive(id: string): Promise<void> {
      const finished = { event_type: 'run.finished', payload: { status: 'succeeded' } };
      await stack().post(`/runs/${id}/events`, finished);
      const args = { target: 'runs', run_ids: [id] } as const;
      const { status } = await carriedOut(stack(), { verb: 'archive', arguments: args });
      expect(status).toBe('done');
    }

    it('is cut where it parts one, which keeps its read model until the log is cut behind it', async () => {
      const { log, installation } = stack();
      const projection = installation.projections.runs;
      let last = await begin();
      const ids = [last];
      // Each begins before the one before is archived: at every place to cut at, one is under way.
      for (let n = 0; n < 4; n++) {
        const next = await begin();
        await archive(last);
        ids.push((last = next));
      }
      const real = Date.now;
      const spied = vi.spyOn(Date, 'now');
      spied.mockImplementation(() => real() + 26 * HOUR_MS);
      const partitions = [0];
      const cut = { verb: 'truncate', partitions, arguments: { target: 'log-head' } } as const;
      const done = await carriedOut(stack(), cut);
      expect([done.status, done.error]).toEqual(['done', null]);
      expect(done.plan).toMatchObject({ streams: 4 });
      const { records, streams, read_records: read } = done.plan;
      expect(done.result).toMatchObject({ records, streams, read_records: read });
      const held = { reason: 'stream', stream: `run/${last}` };
      expect(done.plan.partitions[0]?.held_by).toMatchObject(held);
      const evict = { verb: 'evict', partitions, arguments: { target: 'cut-off' } } as const;
      const evicted = await carriedOut(stack(), evict);
      expect([evicted.status, evicted.result.streams]).toEqual(['done', 3]);
      const [gone = '', parted = ''] = ids.slice(2);
      expect((await stack().get(`/runs/${gone}`)).status).toBe(404);
      expect((await stack().get(`/runs/${parted}`)).body.run.status).toBe('archived');
      const all = { target: 'to-earliest' } as const;
      const verified = await carriedOut(stack(), { verb: 'verify', partitions, arguments: all });
      expect(verified.result).toMatchObject({ streams: 1, differing: 0 });
      expect(verified.plan.unrebuildable).toBe(1);
      // Whoever folds what is left does not know it, and has the other as it is.
      const fresh = createMemoryViewStore();
      await foldLog(log, fresh, projection);
      const reader = new ProjectionReader(fresh, projection);
      expect((await reader.document('run', parted)).document).toBeNull();
      expect((await reader.document('run', last)).document?.state?.seq).toBe(1);
      await archive(last);
      spied.mockImplementation(() => real() + 52 * HOUR_MS);
      const rest = await carriedOut(stack(), cut);
      expect([rest.status, rest.plan.streams]).toEqual(['done', 1]);
      expect((await carriedOut(stack(), evict)).result.streams).toBe(2);
      expect((await stack().get('/runs')).body.runs).toEqual([]);
    });
  });
}
