import type { DeadLetterListReply } from '@refold/contracts';
import { RULEBOOK } from '@refold/domain';
import { Projector, type Projection } from '@refold/pipeline';
import { createHttpServer, createLogger, createMetrics } from '@refold/service';
import { guardRoutes, installationOf, machineTiming, toProblem } from '@refold/serving';
import { createMemoryEventLog, createMemoryViewStore } from '@refold/test-kit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createReading } from '../reading.js';
import { listDeadLettersRoute } from './list-dead-letters.js';

const PARTITIONS = 3;
/** Most letters of a partition that are listed. */
const LISTED_MAX = 65_536;
const BEYOND = 5;

const installation = installationOf('refold', PARTITIONS);
const { runs, workers } = installation.projections;
const log = createMemoryEventLog({ clock: () => 1_700_000_000_000 });
const store = createMemoryViewStore();
const app = createHttpServer({
  logger: createLogger({ service: 'test', level: 'silent' }),
  metrics: createMetrics('test'),
  toProblem,
});
guardRoutes(app, null);
listDeadLettersRoute(app, createReading({ log, store, timing: machineTiming, installation }));

async function fold(projection: Projection): Promise<void> {
  let commits = 0;
  const projector = new Projector(projection, {
    log,
    store,
    timing: machineTiming,
    rulebook: RULEBOOK,
    commitId: () => `${projection.name}-${commits++}`,
    mirror: async (letters) => letters.map(() => ({ kind: 'mirrored' })),
    trouble: () => undefined,
  });
  await projector.start(log);
  const ends = await Promise.all(
    Array.from({ length: PARTITIONS }, (_, partition) => log.range(projection.topic, partition)),
  );
  await vi.waitFor(
    () => expect(projector.status().map(({ next }) => next)).toEqual(ends.map(({ end }) => end)),
    { timeout: 120_000, interval: 20 },
  );
  await projector.stop();
}

beforeAll(async () => {
  await log.ensureTopics(installation.specs);
  for (let n = 0; n < 3; n++) {
    log.appendForeign(runs.topic, 0, { key: `k${n}`, value: `${n}` });
    log.appendForeign(runs.topic, 2, { key: null, value: null });
  }
  for (let n = 0; n < LISTED_MAX + BEYOND; n++) {
    log.appendForeign(workers.topic, 1, { key: null, value: null });
  }
  await fold(runs);
  await fold(workers);
}, 180_000);
afterAll(() => app.close());

const get = async (query: string) => {
  const reply = await app.inject({ method: 'GET', url: `/internal/v1/dead-letters?${query}` });
  return { status: reply.statusCode, ...reply.json<DeadLetterListReply>() };
};
const places = ({ dead_letters: letters }: DeadLetterListReply): string[] =>
  letters.map(({ partition, offset }) => `${partition}/${offset}`);
const cursor = (place: string): string => Buffer.from(place).toString('base64url');

describe('the list of dead letters', () => {
  it('has the newest of each partition first, page by page', async () => {
    const found: string[] = [];
    const sizes: number[] = [];
    for (let from = ''; ;) {
      const page = await get(`projection=runs&limit=2${from}`);
      found.push(...places(page));
      sizes.push(page.dead_letters.length);
      if (page.next_cursor === null) break;
      from = `&cursor=${page.next_cursor}`;
    }
    expect(found).toEqual(['0/2', '0/1', '0/0', '2/2', '2/1', '2/0']);
    expect(sizes).toEqual([2, 2, 2]);
  });

  it('has one partition, if asked for it, and may be empty', async () => {
    expect(places(await get('projection=runs&partition=2'))).toEqual(['2/2', '2/1', '2/0']);
    const empty = { status: 200, dead_letters: [], next_cursor: null };
    expect(await get('projection=runs&partition=1')).toEqual(empty);
    expect(await get(`projection=runs&partition=0&cursor=${cursor('0/0')}`)).toEqual(empty);
  });

  it('tells of each where it stands, how large it is, and why', async () => {
    const { dead_letters: letters } = await get('projection=runs&limit=1');
    expect(letters).toEqual([
      {
        topic: 'refold.runs',
        partition: 0,
        offset: 2,
        reason: expect.stringContaining('not a Refold record') as string,
        key: 'k2',
        bytes: 1,
        recorded_at: '2023-11-14T22:13:20.000Z',
      },
    ]);
  });

  it('ends with the last 65,536 of a partition', async () => {
    const newest = await get('projection=workers&limit=2');
    expect(places(newest)).toEqual([`1/${LISTED_MAX + 4}`, `1/${LISTED_MAX + 3}`]);
    const oldest = await get(`projection=workers&cursor=${cursor('1/8')}`);
    expect(places(oldest)).toEqual(['1/7', '1/6', '1/5']);
    expect(oldest.next_cursor).toBeNull();
    const gone = await get(`projection=workers&cursor=${cursor(`1/${BEYOND}`)}`);
    expect([gone.status, gone.dead_letters, gone.next_cursor]).toEqual([200, [], null]);
  });

  it.each([
    ['no projection', '', 'projection'],
    ['a projection that is none', 'projection=graphs', 'projection'],
    ['a partition that is not there', 'projection=runs&partition=3', 'partition'],
    ['a partition that is no number', 'projection=runs&partition=-1', 'partition'],
    ['a page of nothing', 'projection=runs&limit=0', 'limit'],
    ['a page that is too long', 'projection=runs&limit=201', 'limit'],
    ['a filter that is not known', 'projection=runs&reason=key', 'reason'],
    ['a cursor of no list', 'projection=runs&cursor=MC8', 'cursor'],
    ['a cursor with something behind it', `projection=runs&cursor=${cursor('0/1')}!`, 'cursor'],
    ['a cursor that is not as we write it', `projection=runs&cursor=${cursor('0/01')}`, 'cursor'],
    [
      'a cursor of an offset that no log has',
      `projection=runs&cursor=${cursor('0/9999999999999999')}`,
      'cursor',
    ],
    ['a cursor of another partition', `projection=runs&partition=0&cursor=${cursor('2/1')}`, 'cursor'], // prettier-ignore
    ['a cursor of more partitions', `projection=runs&cursor=${cursor('7/1')}`, 'cursor'],
  ])('refuses %s', async (_what, query, field) => {
    const reply = await app.inject({ method: 'GET', url: `/internal/v1/dead-letters?${query}` });
    expect(reply.statusCode).toBe(400);
    const { errors } = reply.json<{ errors: { field: string }[] }>();
    expect(errors.map((error) => error.field.replace('/', ''))).toEqual([field]);
  });
});
