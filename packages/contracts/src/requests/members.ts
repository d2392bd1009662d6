import { z } from 'zod';
import { NOT_BLANK, ONLY_BLANK } from '../blank.js';
import { tenantSchema } from '../events/members.js';
import { isName, NAME_EXPECTED, TRIMMED_NAME, trimmedNameBehind } from '../names.js';

/** Text members in which blank means absent: trimmed, null when there is nothing left. */
export const blankIsNone = (max: number) => noneWhenBlank(z.string().max(max).trim());

/** The same for names: what a thing is found under. */
export const nameOrNone = (max: number) =>
  noneWhenBlank(
    z.string().max(max).trim().refine(isName, NAME_EXPECTED).meta({ pattern: TRIMMED_NAME }),
  );

const noneWhenBlank = (text: z.ZodString) =>
  text.nullish().transform((said) => (said === '' ? null : (said ?? null)));

/** Text members that must say something: trimmed, and then not empty. */
export const trimmedText = (max: number) =>
  z
    .string()
    .max(max)
    .trim()
    .min(1, { error: 'expected a text that is not blank' })
    .meta({ pattern: NOT_BLANK });

/** The same for names. */
export const trimmedName = (max: number) =>
  trimmedText(max)
    .refine(isName, NAME_EXPECTED)
    .meta({ pattern: trimmedNameBehind('') });

/** A reason a person gives. */
export const reasonSchema = blankIsNone(4096);

/** Owners of a request, within a tenant or outside of any; a blank guest scope counts as none. */
export const requestOwnerMembers = {
  tenant: tenantSchema.nullish(),
  owner_user_id: z.int().positive().nullish(),
  owner_guest_scope: nameOrNone(128),
};

interface RequestOwner {
  owner_user_id?: number | null | undefined;
  owner_guest_scope?: string | null | undefined;
}

const namesUser = (owner: RequestOwner): boolean => (owner.owner_user_id ?? null) !== null;
const namesGuest = (owner: RequestOwner): boolean => (owner.owner_guest_scope ?? null) !== null;

/** For requests that may name an owner. */
export const atMostOneOwner = (owner: RequestOwner): boolean =>
  !(namesUser(owner) && namesGuest(owner));

/** What to report, and where, when {@link atMostOneOwner} fails. */
export const AT_MOST_ONE_OWNER = {
  error: 'expected owner_user_id or owner_guest_scope, not both',
  path: ['owner_guest_scope'],
};

const NO_USER = { type: 'null' } as const;
const NO_GUEST = { type: ['string', 'null'], pattern: ONLY_BLANK } as const;

/** The same as JSON Schema. */
export const AT_MOST_ONE_OWNER_SCHEMA = {
  anyOf: [
    { properties: { owner_user_id: NO_USER } },
    { properties: { owner_guest_scope: NO_GUEST } },
  ],
} as const;

/** For requests that must name an owner. */
export const exactlyOneOwner = (owner: RequestOwner): boolean =>
  namesUser(owner) !== namesGuest(owner);

/** What to report, and where, when {@link exactlyOneOwner} fails. */
export const EXACTLY_ONE_OWNER = {
  error: 'expected exactly one of owner_user_id and owner_guest_scope',
  path: ['owner_user_id'],
};

/** The same as JSON Schema. */
export const EXACTLY_ONE_OWNER_SCHEMA = {
  anyOf: [
    {
      required: ['owner_user_id'],
      properties: { owner_user_id: { type: 'integer' }, owner_guest_scope: NO_GUEST },
    },
    {
      required: ['owner_guest_scope'],
      properties: {
        owner_user_id: NO_USER,
        owner_guest_scope: { type: 'string', pattern: NOT_BLANK },
      },
    },
  ],
} as const;
