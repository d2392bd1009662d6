import type { Attempt } from './attempt.js';
import { replaceSelected } from './replace-selected.js';
import { streamsOfTask } from './task-streams.js';
import { cleanSlot } from './shadow-cleaner.js';

/** Does what a task asks for, from the beginning: shadows of an attempt before it are given up first. */
export async function carryOut(attempt: Attempt): Promise<void> {
  const { owned, reader, task, progress, ports } = attempt;
  await cleanSlot(attempt);
  progress.phase = 'selecting';
  let began = ports.timing.now();
  const between = async (): Promise<void> => {
    await attempt.pause(began);
    await attempt.position();
    began = ports.timing.now();
  };
  const { projection, partition } = owned;
  const subjects = await streamsOfTask(reader, projection, partition, task, between);
  await replaceSelected(attempt, subjects);
  await cleanSlot(attempt);
}
