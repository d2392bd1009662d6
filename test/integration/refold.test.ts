/**
 * Over real backends, all streams of a partition, those of a range and one of them are folded anew
 * while claims keep coming; then everything is as a fold from the log alone makes it.
 */
import type { RefoldTask } from '@refold/pipeline';
import { describe, expect, it } from 'vitest';
import { openEmbeddedPorts } from './embedded-ports.js';
import type { OpenPorts } from './http-stack.js';
import { withKafkaAndRedis } from './kafka-redis-ports.js';
import { RefoldBench } from './refold-fixture.js';

function foldsAnew(open: OpenPorts): void {
  it('under live claims, and leaves what a fresh fold makes', { timeout: 240_000 }, async () => {
    const ports = await open();
    const bench = new RefoldBench(ports.log, ports.store, `refold-${Date.now()}`);
    await bench.open();
    for (let partition = 0; partition < bench.projection.partitions; partition++) {
      const to = await bench.end(partition);
      const tasks: RefoldTask[] = [
        { operation: 'all', effect: 'replace', select: { kind: 'all', to } },
        { operation: 'range', effect: 'replace', select: { kind: 'range', from: 20, to: 60 } },
        {
          operation: 'one',
          effect: 'replace',
          select: { kind: 'streams', subjects: ['run/r0', 'run/r1', 'run/r2', 'run/r3'], to },
        },
        { operation: 'compare', effect: 'compare', select: { kind: 'all', to } },
      ];
      for (const task of tasks) {
        const result = await bench.refold(partition, task);
        expect(result).toMatchObject({ outcome: 'done', differences: [], unrebuildable: 0 });
        if (task.effect === 'replace') expect(result.replaced).toBe(result.streams);
        else expect(result.aggregates).toBe('compared');
      }
    }
    const replaced = bench.results.filter(({ operation }) => operation === 'one');
    expect(replaced.reduce((sum, { streams }) => sum + streams, 0)).toBe(4);
    await bench.caughtUp();
    const [seen, fresh] = [await bench.seen(), await bench.seenFresh()];
    await bench.close();
    await ports.close();
    expect(seen).toEqual(fresh);
  });
}

describe('streams are folded anew', () => {
  describe('embedded', () => foldsAnew(openEmbeddedPorts));
  withKafkaAndRedis('refold', foldsAnew);
});
