import { groupOf } from '@refold/pipeline';
import { describe, expect, it, vi } from 'vitest';
import { consumerGroups, rowsOf, type GroupRow } from './consumer-groups.js';
import { withKafkaAndRedis } from './kafka-redis-ports.js';
import { resetTests } from './operator-resets.js';
import { PARTITIONS, type OperatorWorld } from './operator-fixture.js';
import { withoutBeginning } from './operator-resume.js';
import { openResets, type ResetWorld } from './reset-world.js';

const WAIT = { timeout: 60_000, interval: 100 };

withKafkaAndRedis('resets', (open, brokers) => {
  const tool = ({ installation }: OperatorWorld, ...args: string[]): Promise<string> =>
    consumerGroups(brokers(), groupOf(installation.projections.runs), ...args);
  const topicOf = ({ installation }: OperatorWorld): string => installation.projections.runs.topic;
  const reset = (world: OperatorWorld, where: string, ...args: string[]) =>
    tool(world, '--reset-offsets', '--execute', '--topic', `${topicOf(world)}${where}`, ...args);

  resetTests(open, async (world, partition, offset) => {
    const said = await reset(world, `:${partition}`, '--to-offset', `${offset}`);
    expect(said).toMatch(new RegExp(`${partition}\\s+${offset}\\s*$`, 'm'));
  });

  describe('kafka-consumer-groups', () => {
    const timeOf = async (world: ResetWorld, offset: number): Promise<string> => {
      const { records } = await world.log.read(topicOf(world), 1, offset);
      return new Date(records[0]?.timestamp ?? 0).toISOString().replace('Z', '+00:00');
    };

    it('resets by an offset, a time or a distance, and each plan begins there', async () => {
      const world = await openResets(open);
      await reset(world, ':0', '--to-offset', '1');
      await reset(world, ':1', '--to-datetime', await timeOf(world, 2));
      await reset(world, ':2', '--shift-by', '-3');
      await world.foldRuns();
      const begins: number[] = [];
      for (const { operation_id: id } of await world.ended(3)) {
        const [one] = (await world.until(id, () => undefined)).plan.partitions;
        begins[one?.partition ?? PARTITIONS] = one?.from ?? Number.NaN;
      }
      expect(begins).toEqual([1, 2, 0]);
    });

    it('without a partition rewinds all of them', async () => {
      const world = await openResets(open);
      await reset(world, '', '--to-earliest');
      await world.foldRuns();
      await world.ended(PARTITIONS);
      expect(await world.seen()).toEqual(await world.seenFresh());
    });

    it('that deletes the offsets asks for nothing', async () => {
      const world = await openResets(open);
      await tool(world, '--delete-offsets', '--topic', topicOf(world));
      expect(await world.committed(1)).toBeNull();
      await world.foldRuns();
      for (let partition = 0; partition < PARTITIONS; partition++) {
        await world.settled(partition, 3);
      }
      expect(await world.rewinds()).toEqual([]);
    });

    it('describes the true lag and the members, also while a reset is carried out', async () => {
      const world = await openResets(open);
      const columns = ['PARTITION', 'CURRENT-OFFSET', 'LOG-END-OFFSET', 'LAG'];
      const rows = async (): Promise<GroupRow[]> => rowsOf(await tool(world, '--describe'));
      const told = (all: GroupRow[]) => all.map((row) => columns.map((name) => row[name])).sort();
      await world.append(2, 4);
      const idle = await rows();
      expect(told(idle)[2]).toEqual(['2', '3', '7', '4']);
      expect(idle.map((row) => row['CONSUMER-ID'])).toEqual(['-', '-', '-', '-']);

      await reset(world, ':1', '--to-earliest');
      const folding = await world.foldRuns(withoutBeginning(world.log, '.runs', 1, 1));
      await vi.waitFor(async () => {
        expect((await world.rewinds()).map(({ status }) => status)).toEqual(['running']);
      }, WAIT);
      await world.folded(2);
      await vi.waitFor(async () => {
        const now = await rows();
        expect(told(now)).toEqual([
          ['0', '3', '3', '0'],
          ['1', '3', '3', '0'],
          ['2', '7', '7', '0'],
          ['3', '3', '3', '0'],
        ]);
        expect(now.map((row) => row['CONSUMER-ID'])).not.toContain('-');
      }, WAIT);
      expect((await world.committed(1))?.metadata).toMatch(/^refold\/1 pending /);
      await folding.stop();
    });
  });
});
