import { z } from 'zod';
import { NOT_BLANK } from '../blank.js';
import { isName, NAME_EXPECTED, NAME_PATTERN, nameUpTo, NOT_BLANK_NAME } from '../names.js';

/** A text member that may be absent or null; at most `max` UTF-16 units. */
export const optionalText = (max: number) => z.string().max(max).nullish();

/** The same for names: what a thing is found under. */
export const optionalName = (max: number) => nameUpTo(max).nullish();

/** Any JSON, handed through untouched; absent is the same as null. */
export const anyJson = z.unknown().optional();

/** Any JSON that must be there; null counts. */
export const presentJson = z
  .unknown()
  .refine((value) => value !== undefined, { error: 'expected any JSON value, null included' });

const isBlank = (text: string): boolean => text.trim() === '';

/** A text that is neither empty nor only white space. */
export const nonBlank = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !isBlank(text), { error: 'expected a text that is not blank' })
    .meta({ pattern: NOT_BLANK });

/** Tenants: 1-64 of letters, digits, dot, underscore, hyphen; no slash, because principals use it. */
export const tenantSchema = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, { error: 'expected 1-64 characters of A-Z a-z 0-9 . _ -' });

/** Most labels a run may have. */
export const LABELS_MAX = 32;
/** Longest name of a label, in UTF-16 units. */
export const LABEL_NAME_MAX = 64;
/** Longest value of a label, in UTF-16 units. */
export const LABEL_VALUE_MAX = 256;

/** Names and values that a producer attaches to a run so that people find it again. */
export type Labels = Record<string, string>;

function isLabels(value: unknown): value is Labels {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= LABELS_MAX &&
    entries.every(
      ([name, text]) =>
        name.length >= 1 &&
        name.length <= LABEL_NAME_MAX &&
        isName(name) &&
        typeof text === 'string' &&
        text.length <= LABEL_VALUE_MAX,
    )
  );
}

/** Checked, never copied: every own member survives, whatever its name. */
export const labelsSchema = z
  .unknown()
  .refine(isLabels, {
    error: `expected an object of at most ${LABELS_MAX} texts of at most ${LABEL_VALUE_MAX} characters, names 1-${LABEL_NAME_MAX} without control characters and unpaired surrogates`,
  })
  .meta({
    type: 'object',
    maxProperties: LABELS_MAX,
    propertyNames: { minLength: 1, maxLength: LABEL_NAME_MAX, pattern: NAME_PATTERN },
    additionalProperties: { type: 'string', maxLength: LABEL_VALUE_MAX },
  });

/** A JSON object, handed through untouched. */
export const jsonObject = z
  .unknown()
  .refine((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
    error: 'expected an object',
  })
  .meta({ type: 'object' });

/** Owners: a user ID or a guest scope, never both. */
export const ownerMembers = {
  owner_user_id: z.number().int().positive().nullish(),
  owner_guest_scope: nonBlank(128)
    .refine(isName, NAME_EXPECTED)
    .meta({ pattern: NOT_BLANK_NAME })
    .nullish(),
};

/** What {@link ownerMembers} hold. */
export interface OwnerMembers {
  owner_user_id?: number | null | undefined;
  owner_guest_scope?: string | null | undefined;
}

/** True unless both kinds of owner are named. */
export const hasOneOwnerAtMost = (members: OwnerMembers): boolean =>
  (members.owner_user_id ?? null) === null || (members.owner_guest_scope ?? null) === null;

/** What to report, and where, when {@link hasOneOwnerAtMost} fails. */
export const ONE_OWNER = {
  error: 'expected owner_user_id or owner_guest_scope, not both',
  path: ['owner_guest_scope'],
};

/** The same as JSON Schema. */
export const ONE_OWNER_SCHEMA = {
  anyOf: [
    { properties: { owner_user_id: { type: 'null' } } },
    { properties: { owner_guest_scope: { type: 'null' } } },
  ],
} as const;
