import type { AddressInfo } from 'node:net';
import type { DiffReply, GenerationsReply, OperationWithPlanReply } from '@refold/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runRefold, type Ran } from './command-line.js';
import {
  NEW_BUILD,
  OLD_BUILD,
  openGenerations,
  PARTITIONS,
  type GenerationWorld,
} from './generation-world.js';
import { openEmbeddedPorts } from './embedded-ports.js';

const generationsIn = ({ out }: Ran) => (JSON.parse(out) as GenerationsReply).generations;
const statusIn = ({ out }: Ran) => (JSON.parse(out) as OperationWithPlanReply).status;

describe('the command line, on generations', () => {
  let world: GenerationWorld;
  let url = '';
  const runIds: string[] = [];

  beforeAll(async () => {
    world = await openGenerations(openEmbeddedPorts);
    await world.deploy(OLD_BUILD);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      runIds.push(await world.writeRun(partition, partition));
    }
    await world.deploy(NEW_BUILD);
    const { app } = world.stack().refold;
    await app.listen({ host: '127.0.0.1', port: 0 });
    url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  });
  afterAll(() => world.close());

  const refold = (...args: string[]) => runRefold(url, args);

  it('shows what would be built, and does nothing', async () => {
    const shown = await refold('reproject', '--share', '0.3');
    expect([shown.code, shown.err]).toEqual([0, '']);
    expect(shown.out).toContain('reproject of runs: 4 streams, 10 records');
    expect(shown.out).toContain('Generation 2, views run@2.');
    expect(shown.out).toContain('Nothing was done');
    const generations = generationsIn(await refold('generations', '--json'));
    expect(generations.map(({ generation }) => generation)).toEqual([1]);
    expect((await refold('generations')).out).toMatch(/1 +live +run@1 +0 +live/);
  });

  it('builds, compares, swaps, takes back and drops', async () => {
    const built = await refold('reproject', '--execute', '--yes', '--json');
    expect([built.code, statusIn(built)]).toEqual([0, 'done']);

    const shown = await refold('diff', '2');
    expect(shown.code).toBe(0);
    expect(shown.out).toContain(
      'Generation 2 of runs, 4 streams: 0 added, 0 removed, 4 changed, 0 verdicts differ',
    );
    expect(shown.out).toMatch(/\/views\/run\/told_by +4\n/);
    expect(shown.out).toMatch(/\/views\/run\/message_count +2\n/);
    expect(shown.out).toMatch(
      new RegExp(`run/${runIds[3] ?? ''} +changed +/views/run/message_count +1 +3\n`),
    );
    const { digest } = JSON.parse((await refold('diff', '2', '--json')).out) as DiffReply;
    const accept = digest ?? '';
    expect(shown.out).toContain(`refold swap 2 --accept ${accept}`);

    const refused = await refold('swap', '2');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(accept)]);
    const swapped = await refold('swap', '2', '--accept', accept, '--execute', '--yes');
    expect([swapped.code, swapped.out]).toEqual([0, expect.stringMatching(/status +done/)]);
    const back = await refold('rollback', '--execute', '--yes', '--json');
    expect([back.code, statusIn(back)]).toEqual([0, 'done']);
    const again = await refold('rollback', '--execute', '--yes');
    const why = 'the last swap was a rollback already, from 2 to 1: refold swap 2';
    expect([again.code, again.err]).toEqual([1, expect.stringContaining(why)]);
    const dropped = await refold('drop', '2', '--execute', '--yes');
    expect(dropped.code).toBe(0);
    const generations = generationsIn(await refold('generations', '--json'));
    expect(generations.map(({ generation }) => generation)).toEqual([1]);
  });

  it('says why rules cannot be changed to what no build has', async () => {
    const ran = await refold('rules', 'change', '--decider', '2');
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining('1 to 1')]);
  });

  it.each([
    [['swap'], 'generation'],
    [['swap', 'two'], 'generation'],
    [['reproject', '--share', '2'], 'share'],
    [['reproject', '--execute'], '--yes'],
    [['rules', 'change'], '--decider'],
    [['diff', '2', '--samples', '1001'], 'samples'],
  ])('%j is a wrong call', async (args, told) => {
    const ran = await refold(...args);
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining(told)]);
  });
});
