import { createAuthenticator, type Authenticator } from '@refold/auth';
import { createMemoryOneTimeUses, TOKEN_CONFIG } from '@refold/test-kit';

/** Takes tokens of `tokenOf`. */
export const tableAuthenticator = (): Authenticator =>
  createAuthenticator(
    { tokens: TOKEN_CONFIG, keysFile: null },
    {
      nowMs: Date.now,
      uses: createMemoryOneTimeUses(Date.now),
      fetcher: fetch,
      trouble(error) {
        throw error;
      },
    },
  );
