import { expect, it } from 'vitest';
import { outdatedBy } from './outdated-words.js';

it('what has changed since a plan is told once each, with what to do', () => {
  const changes = (['views_changed', 'views_changed', 'log_start_moved'] as const).map(
    (code, partition) => ({ code, partition }),
  );
  expect(outdatedBy(changes)).toBe(
    'Since the plan was made the views of the read models are other ones (views_changed), ' +
      'the log lost records that the plan reads (log_start_moved). Make a new plan.',
  );
});

it('which generation is another one is told: the one that is meant, or the one that is live on partitions', () => {
  const meant = { code: 'generation_changed', partition: null } as const;
  expect(outdatedBy([meant])).toBe(
    'Since the plan was made another generation is meant now (generation_changed). Make a new plan.',
  );
  // All partitions together, and each of them.
  expect(outdatedBy([meant, { ...meant, partition: 0 }, { ...meant, partition: 1 }])).toBe(
    'Since the plan was made another generation is live now (generation_changed). Make a new plan.',
  );
});
