import { forbidSwap, giveUpSwap, liveGeneration } from '@refold/pipeline';
import { describe, expect, it } from 'vitest';
import { PROJECTION, open } from './generation-steps.fixture.js';

describe('a reprojection', () => {
  it('makes one generation, however often it is followed', async () => {
    const { step, pointer } = await open();
    expect(await step('o', 'reproject', 2)).toEqual([]);
    expect(await step('o', 'reproject', 2)).toEqual([]);
    const { generations } = await pointer();
    expect([...generations.keys()]).toEqual([1, 2]);
    expect(generations.get(2)).toMatchObject({ views: 'run@1', share: 0.5, operation: 'o' });
  });

  it('fails in a partition whose log has lost the head that was still to be folded', async () => {
    const { step, fold, log } = await open();
    await step('o', 'reproject', 2);
    await fold(2, 1);
    log.deleteHead('t', 0, 1);
    log.deleteHead('t', 1, 1);
    const why = 'log_head_missing: the log begins at 1 now, and generation 2 stands at 0: drop it';
    expect(await step('o', 'reproject', 2)).toEqual([
      [0, 'failed', why],
      [1, 'done', 2],
    ]);
  });

  it('is not over in a partition as long as streams are carried over into it', async () => {
    const { step, fold, carries } = await open();
    await step('o', 'reproject', 2);
    await fold(2, 1);
    await carries(1, false);
    expect(await step('o', 'reproject', 2)).toEqual([]);
    await carries(1, true);
    expect(await step('o', 'reproject', 2)).toEqual([[1, 'done', 2]]);
  });

  it('waits for a log that does not answer', async () => {
    const { step, log } = await open();
    log.range = () => Promise.reject(new Error('no leader'));
    expect(await step('o', 'reproject', 2)).toEqual([]);
  });

  it('is over in a partition when its generation has passed what was planned', async () => {
    const { step, fold } = await open();
    await step('o', 'reproject', 2);
    await fold(2, 1);
    expect(await step('o', 'reproject', 2)).toEqual([[1, 'done', 2]]);
    await fold(2, 0);
    expect(await step('o', 'reproject', 2)).toEqual([
      [0, 'done', 3],
      [1, 'done', 2],
    ]);
  });

  it('is not over while the live one has gone far ahead', async () => {
    const { step, fold, write } = await open();
    await step('o', 'reproject', 2);
    await fold(2, 0);
    write(0, 1_001);
    await fold(1, 0);
    expect(await step('o', 'reproject', 2)).toEqual([]);
    await fold(2, 0);
    expect(await step('o', 'reproject', 2)).toEqual([[0, 'done', 1_004]]);
  });

  it('leaves nothing when it is canceled, before it began too', async () => {
    const { step, stateOf, pointer } = await open();
    const canceled = [
      [0, 'canceled', 0],
      [1, 'canceled', 0],
    ];
    await step('o', 'reproject', 2);
    expect(await step('o', 'reproject', 2, true)).toEqual(canceled);
    expect(await stateOf(2)).toBe('dropping');
    expect(await step('late', 'reproject', 3, true)).toEqual(canceled);
    expect(await stateOf(3)).toBe('dropping');
    // Somebody who has not heard of it makes it no more, and tells the same.
    expect(await step('late', 'reproject', 3)).toEqual(canceled);
    expect((await pointer()).last).toBe(3);
  });

  it('fails where its generation was dropped by another operation', async () => {
    const { step } = await open();
    await step('o', 'reproject', 2);
    await step('other', 'drop', 2);
    expect(await step('o', 'reproject', 2)).toMatchObject([
      [0, 'failed', 'generation_dropped'],
      [1, 'failed', 'generation_dropped'],
    ]);
  });
});

describe('a swap', () => {
  it('is begun, waited for, and over everywhere at once', async () => {
    const { step, pointer, ports } = await open();
    await step('build', 'reproject', 2);
    expect(await step('o', 'swap', 2)).toEqual([]);
    expect(await step('o', 'swap', 2)).toEqual([]);
    expect((await pointer()).swap).toEqual({ operation: 'o', to: 2, partitions: [0, 1] });
    await giveUpSwap(ports, PROJECTION, 'o', 'an owner went');
    expect(await step('o', 'swap', 2)).toEqual([
      [0, 'failed', 'an owner went'],
      [1, 'failed', 'an owner went'],
    ]);
  });

  it('that is a rollback says so, and so is known for one afterwards', async () => {
    const { step, pointer } = await open();
    await step('build', 'reproject', 2);
    await step('o', 'rollback', 2);
    expect((await pointer()).swap).toMatchObject({ operation: 'o', to: 2, isBack: true });
  });

  it('that is canceled before it began is begun by nobody', async () => {
    const { step, pointer } = await open();
    await step('build', 'reproject', 2);
    expect(await step('o', 'swap', 2, true)).toEqual([
      [0, 'canceled', 'canceled'],
      [1, 'canceled', 'canceled'],
    ]);
    await step('o', 'swap', 2);
    expect((await pointer()).swap).toBeNull();
    expect(liveGeneration(await pointer(), 0)).toBe(1);
  });

  it('that is under way is given up when it is canceled, and told so by whoever has not heard of it', async () => {
    const { step, pointer } = await open();
    await step('build', 'reproject', 2);
    await step('o', 'swap', 2);
    const canceled = [
      [0, 'canceled', 'canceled'],
      [1, 'canceled', 'canceled'],
    ];
    expect(await step('o', 'swap', 2, true)).toEqual(canceled);
    expect((await pointer()).swap).toBeNull();
    expect(await step('o', 'swap', 2)).toEqual(canceled);
  });

  it('that an owner gave up has failed, also for whoever has heard of a cancel since', async () => {
    const { step, ports } = await open();
    await step('build', 'reproject', 2);
    await step('o', 'swap', 2);
    await giveUpSwap(ports, PROJECTION, 'o', 'an owner went');
    expect(await step('o', 'swap', 2, true)).toEqual([
      [0, 'failed', 'an owner went'],
      [1, 'failed', 'an owner went'],
    ]);
  });

  it('waits for another one to end, and fails for a generation that is not there', async () => {
    const { step, ports } = await open();
    await step('build', 'reproject', 2);
    await step('first', 'swap', 2);
    expect(await step('second', 'rollback', 2)).toEqual([]);
    await forbidSwap(ports, PROJECTION, 'first', 'a test');
    expect(await step('third', 'swap', 9)).toMatchObject([
      [0, 'failed', 'unknown_generation'],
      [1, 'failed', 'unknown_generation'],
    ]);
  });
});

describe('a drop', () => {
  it('is over when nothing of the generation is left, and cannot be canceled', async () => {
    const { step, stateOf } = await open();
    await step('build', 'reproject', 2);
    expect(await step('o', 'drop', 2)).toEqual([]);
    expect(await step('o', 'drop', 2, true)).toEqual([]);
    expect(await stateOf(2)).toBe('dropping');
    expect(await step('other', 'drop', 1)).toMatchObject([
      [0, 'failed', 'generation_live'],
      [1, 'failed', 'generation_live'],
    ]);
  });
});

it('verbs on streams are none of its business', async () => {
  const { step } = await open();
  expect(await step('o', 'rewind', 1)).toEqual([]);
});
