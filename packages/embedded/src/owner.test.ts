import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isAlive, ownerHere } from './owner.js';

const here = ownerHere(Date.now(), 'here');

describe('isAlive', () => {
  it('knows this process', () => {
    expect(isAlive(here, here)).toBe(true);
  });

  it('sees that the machine was started again', () => {
    expect(isAlive({ ...here, bootId: 'another' }, here)).toBe(false);
  });

  it('sees that the number went to another process', () => {
    expect(isAlive({ ...here, startedAt: '1' }, here)).toBe(false);
  });

  it('sees a process end, and asks for signals where start times are not told', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const recorded = { ...here, pid: child.pid ?? 0, startedAt: null };
    expect(isAlive(recorded, here)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isAlive(recorded, here)).toBe(false);
    expect(isAlive({ ...recorded, startedAt: '1' }, here)).toBe(false);
  });
});
