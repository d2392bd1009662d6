import { cpus, release, totalmem, type } from 'node:os';
import type { Backends } from './backends.js';

/** What the figures were taken on. */
export interface Machine {
  cores: number;
  cpu: string;
  memoryGib: number;
  system: string;
  node: string;
  kafka: string;
  redis: string;
}

export function describeMachine(versions: Backends['versions']): Machine {
  const cores = cpus();
  return {
    cores: cores.length,
    cpu: cores[0]?.model.trim() ?? 'unknown',
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    ...versions,
  };
}
