import { isName, STREAM_ID_PATTERN, tenantSchema } from '@refold/contracts';
import { z } from 'zod';
import type { Bindings } from './caller.js';

/** Most runs, and most workers, that one credential names. */
export const NAMES_MAX = 100;

const OWNER_PATTERN = /^(user:[1-9]\d{0,15}|guest:\S(.{0,126}\S)?)$/u;

const owner = z
  .string()
  .regex(OWNER_PATTERN, { error: 'expected user:<number> or guest:<1-128 characters>' })
  .refine(isName, { error: 'expected no control characters and no unpaired surrogates' })
  .refine((text) => !text.startsWith('user:') || Number.isSafeInteger(Number(text.slice(5))), {
    error: 'expected a user number below 2^53',
  });

const names = z
  .array(z.string().regex(STREAM_ID_PATTERN, { error: 'expected IDs of runs or workers' }))
  .max(NAMES_MAX);

/** Bindings as a token's claims or a key's line name them, without the prefix of claims. */
export const bindingMembers = {
  owner: owner.optional(),
  tenant: tenantSchema.optional(),
  runs: names.optional(),
  workers: names.optional(),
};

/** What {@link bindingMembers} leave. */
export interface BindingMembers {
  owner?: string | undefined;
  tenant?: string | undefined;
  runs?: string[] | undefined;
  workers?: string[] | undefined;
}

const setOf = (ids: readonly string[] | undefined): ReadonlySet<string> | null =>
  ids === undefined ? null : new Set(ids);

export const bindingsOf = ({ owner: o, tenant, runs, workers }: BindingMembers): Bindings => ({
  owner: o ?? null,
  tenant: tenant ?? null,
  runs: setOf(runs),
  workers: setOf(workers),
});
