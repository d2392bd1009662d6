import { expect, it } from 'vitest';
import { outdatedBy } from './outdated-words.js';

it('what has changed since a plan is told once each, with what to do', () => {
  expect(outdatedBy(['views_changed', 'views_changed', 'log_start_moved'])).toBe(
    'Since the plan was made the views of the read models are other ones (views_changed), ' +
      'the log lost records that the plan reads (log_start_moved). Make a new plan.',
  );
});
