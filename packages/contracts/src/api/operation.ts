import type { z } from 'zod';
import type { ProblemCode } from '../problems.js';

/** Where everything that answers JSON begins. */
export const API_ROOT = '/internal/v1';

/** What a caller may be allowed to do; `admin` includes the others. */
export const SCOPES = ['ingest', 'read', 'operate', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * Which server has a route: the one that writes, the one that reads, the one for operators, all of them for
 * what describes their API, or every process that listens.
 */
export const API_PARTS = ['write', 'read', 'operate', 'description', 'process'] as const;
export type ApiPart = (typeof API_PARTS)[number];

/** Headings under which a reader of the description finds operations. */
export const API_GROUPS = [
  'runs',
  'workers',
  'receipts',
  'projectors',
  'operations',
  'description',
  'process',
] as const;
export type ApiGroup = (typeof API_GROUPS)[number];

/** One form of a body. */
export interface MediaDefinition {
  /** Of the parsed value; of the text where the form is not JSON. */
  schema: z.ZodType;
}

/** One answer; problems are answered by their codes, not here. */
export interface ReplyDefinition {
  description: string;
  /** By media type; absent: no body. */
  content?: Readonly<Record<string, MediaDefinition>>;
  headers?: Readonly<Record<string, z.ZodType>>;
}

/** What a request body may be. */
export interface BodyDefinition {
  required: boolean;
  content: Readonly<Record<string, MediaDefinition>>;
}

/** One route, as everything that speaks of it needs it: servers, authorisation, documents, tests. */
export interface Operation {
  /** Unique, camel case: the name of the call in a generated client. */
  id: string;
  method: 'GET' | 'POST';
  /** With parameters in braces: `/internal/v1/runs/{run_id}`. */
  path: string;
  part: ApiPart;
  group: ApiGroup;
  /** A few words, without a full stop. */
  summary: string;
  /** Sentences, in CommonMark. */
  description?: string;
  /** Any one of them suffices; empty: the caller need not say who it is. */
  scopes: readonly Scope[];
  /** By name, each in the path once. */
  pathParameters: Readonly<Record<string, z.ZodType>>;
  /** The schema that validates the query; null: the query is not looked at. */
  query: z.ZodObject | null;
  /** Headers that change what the operation does, all optional. */
  requestHeaders: Readonly<Record<string, z.ZodType>>;
  body: BodyDefinition | null;
  /** By status. */
  replies: Readonly<Record<number, ReplyDefinition>>;
  /** Codes this operation has besides those of every one, see `problemsOf`. */
  problems: readonly ProblemCode[];
}
