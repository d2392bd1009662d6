import { groupOf } from '@refold/pipeline';
import type { MemoryEventLog } from '@refold/test-kit';
import { openMemoryPorts } from './http-stack.js';
import { resetDecisionTests, resetTests } from './operator-resets.js';
import type { ResetGroup } from './reset-world.js';

const reset: ResetGroup = ({ log, installation }, partition, offset) => {
  const { runs } = installation.projections;
  (log as MemoryEventLog).resetGroup(groupOf(runs), runs.topic, partition, offset);
};

resetTests(openMemoryPorts, reset);
resetDecisionTests(openMemoryPorts, reset);
