import { z } from 'zod';
import { healthReply, readinessReply } from '../replies/probe-replies.js';
import type { Operation, ReplyDefinition } from './operation.js';
import { momentaryHeaders } from './reply-headers.js';

/** A GET that tells of the process itself. */
const probeRead = (
  row: Pick<Operation, 'id' | 'path' | 'summary' | 'scopes' | 'replies'>,
): Operation => ({
  method: 'GET',
  part: 'process',
  group: 'process',
  pathParameters: {},
  query: null,
  requestHeaders: {},
  body: null,
  problems: [],
  ...row,
});

const probe = (description: string, schema: z.ZodType): ReplyDefinition => ({
  description,
  content: { 'application/json': { schema } },
  headers: momentaryHeaders,
});

/** What every process that listens tells of itself. */
export const probeReads: readonly Operation[] = [
  probeRead({
    id: 'getHealth',
    path: '/healthz',
    summary: 'Ask whether a restart would help',
    scopes: [],
    replies: {
      200: probe('A restart would not help.', healthReply),
      503: probe('A restart heals what is named.', healthReply),
    },
  }),
  probeRead({
    id: 'getHealthByOldName',
    path: '/internal/v1/health',
    summary: 'Ask the same where the original was asked',
    scopes: [],
    replies: {
      200: probe('A restart would not help.', healthReply),
      503: probe('A restart heals what is named.', healthReply),
    },
  }),
  probeRead({
    id: 'getReadiness',
    path: '/readyz',
    summary: 'Ask whether the process can do its work now',
    scopes: [],
    replies: {
      200: probe('It can; `degraded` names what it does without.', readinessReply),
      503: probe('It cannot, for the reasons that are named.', readinessReply),
    },
  }),
  probeRead({
    id: 'getMetrics',
    path: '/metrics',
    summary: 'Read the metrics of the process',
    scopes: ['operate'],
    replies: {
      200: {
        description: 'The Prometheus text format.',
        content: { 'text/plain': { schema: z.string() } },
      },
    },
  }),
];
