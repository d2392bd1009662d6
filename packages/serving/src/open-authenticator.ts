import { createAuthenticator, type AuthConfig, type Authenticator } from '@refold/auth';
import type { OneTimeUses } from '@refold/pipeline';
import type { Health, Logger } from '@refold/service';
import { isGuarded, type AuthSettings } from './auth-settings.js';

function tokensOf(config: AuthSettings): AuthConfig['tokens'] {
  const { authIssuer: issuer, authAudience: audience, authJwks, authMaxAge } = config;
  if (config.authSecret === undefined && authJwks === undefined) return null;
  if (issuer === undefined || audience === undefined) {
    throw new TypeError('tokens are taken without an issuer or an audience');
  }
  const secrets = [
    { secret: config.authSecret, kid: config.authKid ?? null },
    { secret: config.authPreviousSecret, kid: config.authPreviousKid ?? null },
  ].flatMap(({ secret, kid }) => (secret === undefined ? [] : [{ secret, kid }]));
  return {
    issuer,
    audience,
    skewSeconds: config.authSkew / 1_000,
    maxAgeSeconds: authMaxAge === undefined ? null : authMaxAge / 1_000,
    secrets,
    keySet: authJwks ?? null,
    singleUse: config.authSingleUse,
    unbound: config.authUnbound,
  };
}

/**
 * The authenticator of a process, its files read; null where authentication is off, which only an
 * address of this machine may be. A file of API keys that cannot be read any more is told as the
 * degradation `auth_keys`. @throws what is wrong with a file of keys.
 */
export async function openAuthenticator(
  config: AuthSettings,
  uses: OneTimeUses,
  logger: Logger,
  health: Health,
): Promise<Authenticator | null> {
  if (!isGuarded(config)) return null;
  const authenticator = createAuthenticator(
    { tokens: tokensOf(config), keysFile: config.authKeysFile ?? null },
    {
      nowMs: () => Date.now(),
      uses,
      fetcher: fetch,
      trouble: (error, what) => logger.warn({ err: error }, what),
    },
  );
  await authenticator.check();
  if (config.authKeysFile !== undefined) {
    health.degradation('auth_keys', () => authenticator.keysTrouble());
  }
  return authenticator;
}
