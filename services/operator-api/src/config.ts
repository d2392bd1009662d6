import { OPERATION_APPROVALS, type OperationApproval } from '@refold/contracts';
import {
  checkEventBytes,
  eventSettings,
  redactionSettings,
  waitSettings,
} from '@refold/ingest-api';
import { choice, defineConfig, type ConfigOf, type ConfigProblem } from '@refold/service';
import {
  authChecks,
  authSettings,
  bindSettings,
  checkBackendsNamed,
  checkBinding,
  checkHttpLimits,
  httpSettings,
  installationSettings,
  isGuarded,
  kafkaChecks,
  kafkaSettings,
  processSettings,
  rateSettings,
  redisChecks,
  redisSettings,
  type AuthSettings,
} from '@refold/serving';

/** Who has to agree to operations; the standalone has this setting too. */
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

const settings = {
  ...processSettings('refold-operator-api'),
  ...bindSettings('127.0.0.1:4103', 'API for operators and probes'),
  ...authSettings,
  ...approvalSettings,
  ...waitSettings,
  ...eventSettings,
  ...redactionSettings,
  ...installationSettings,
  ...kafkaSettings,
  ...redisSettings,
  ...httpSettings,
  ...rateSettings,
} as const;

export type OperatorApiConfig = ConfigOf<typeof settings>;

export const operatorApiConfig = defineConfig('operator-api', settings, [
  checkBinding,
  ...authChecks,
  checkApproval,
  checkBackendsNamed,
  ...kafkaChecks,
  ...redisChecks,
  checkHttpLimits,
  checkEventBytes,
]);
