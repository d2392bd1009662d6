import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { FastifyReply } from 'fastify';
import { whenClientGoes } from './client-gone.js';
import { createOperating, PLANS_MAX, type OperatingPorts } from './operating.js';

/** Work that ends when a test says so. */
function held() {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { work: () => ended.then(() => 'ended'), end: () => end() };
}

describe('plans', () => {
  it('of one lane are made one after the other, and those of another do not wait for them', async () => {
    const operating = createOperating({} as OperatingPorts);
    const diff = held();
    const order: string[] = [];
    const first = operating.inTurn('diff', diff.work);
    const second = operating.inTurn('diff', async () => void order.push('second diff'));
    await operating.inTurn('swap', async () => void order.push('rollback'));
    await operating.inTurn('log', async () => void order.push('reproject'));
    expect(order).toEqual(['rollback', 'reproject']);
    diff.end();
    expect(await first).toBe('ended');
    await second;
    expect(order).toEqual(['rollback', 'reproject', 'second diff']);
  });

  it('are refused where too many of a lane wait, and go on behind one that failed', async () => {
    const operating = createOperating({} as OperatingPorts);
    const one = held();
    const turns = Array.from({ length: PLANS_MAX }, () => operating.inTurn('log', one.work));
    expect(operating.inTurn('log', one.work)).toBeNull();
    one.end();
    for (const turn of turns) expect(await turn).toBe('ended');
    await expect(operating.inTurn('log', () => Promise.reject(new Error('no')))).rejects.toThrow(
      'no',
    );
    expect(await operating.inTurn('log', async () => 'next')).toBe('next');
  });

  it('are not begun for a client that has gone', async () => {
    const operating = createOperating({} as OperatingPorts);
    const raw = Object.assign(new EventEmitter(), { writableEnded: false });
    const signal = whenClientGoes({ raw } as unknown as FastifyReply);
    const one = held();
    const before = operating.inTurn('log', one.work);
    let begun = false;
    const turn = operating.inTurn('log', async () => (begun = true), signal);
    raw.emit('close');
    one.end();
    await before;
    await expect(turn).rejects.toMatchObject({ code: 'overloaded' });
    expect(begun).toBe(false);
  });

  it('are made to the end for a client that was answered', () => {
    const raw = Object.assign(new EventEmitter(), { writableEnded: true });
    const signal = whenClientGoes({ raw } as unknown as FastifyReply);
    raw.emit('close');
    expect(signal.aborted).toBe(false);
  });
});
