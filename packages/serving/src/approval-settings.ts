import { OPERATION_APPROVALS, type OperationApproval } from '@refold/contracts';
import { choice, type ConfigProblem } from '@refold/service';
import { isGuarded, type AuthSettings } from './auth-settings.js';

/** Who has to agree to operations, of whoever plans them. */
export const approvalSettings = {
  operationsApproval: {
    env: 'REFOLD_OPERATIONS_APPROVAL',
    parser: choice(OPERATION_APPROVALS),
    default: 'not_required',
    description:
      'Whether a second principal has to approve an operation before it is carried out. Needs authentication: without it nobody is a second one.',
  },
} as const;

/** An approval that nobody could give. */
export function checkApproval(
  config: AuthSettings & { operationsApproval: OperationApproval },
): ConfigProblem | null {
  if (config.operationsApproval === 'not_required' || isGuarded(config)) return null;
  return {
    env: 'REFOLD_OPERATIONS_APPROVAL',
    expected:
      'expected not_required, because nobody is asked who it is: set REFOLD_AUTH_KEYS_FILE, REFOLD_AUTH_JWT_SECRET or REFOLD_AUTH_JWKS',
  };
}
