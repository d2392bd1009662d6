/** The only labels a metric may have: each has few values. Never an ID, a key, an offset or a seq. */
export const METRIC_LABELS = [
  'method',
  'route',
  'status_class',
  'topic',
  'partition',
  'projection',
  'outcome',
  'code',
  'kind',
] as const;
export type MetricLabel = (typeof METRIC_LABELS)[number];

/** One metric, declared as data. Histograms count seconds unless the name says otherwise. */
export interface MetricSpec {
  type: 'counter' | 'gauge' | 'histogram';
  name: string;
  help: string;
  labels: readonly MetricLabel[];
  /** Upper bounds of a histogram's buckets. */
  buckets?: readonly number[];
}

const FAST_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
const BATCH_SIZES = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

/** Every metric of every process. Nothing else may be registered. */
export const METRICS = {
  httpRequests: {
    type: 'histogram',
    name: 'refold_http_request_seconds',
    help: 'Time from the first byte of a request to the last byte of its reply.',
    labels: ['method', 'route', 'status_class'],
    buckets: FAST_SECONDS,
  },
  httpInFlight: {
    type: 'gauge',
    name: 'refold_http_in_flight_requests',
    help: 'Requests whose answer is not out yet.',
    labels: [],
  },
  httpBodyBytes: {
    type: 'gauge',
    name: 'refold_http_in_flight_bytes',
    help: 'Bytes of the bodies of requests whose answer is not out yet.',
    labels: [],
  },
  httpShed: {
    type: 'counter',
    name: 'refold_http_shed_total',
    help: 'Requests refused to keep the process alive, by what ran short.',
    labels: ['kind'],
  },
  httpDropped: {
    type: 'counter',
    name: 'refold_http_dropped_connections_total',
    help: 'Connections closed at once because all that may be open were.',
    labels: [],
  },
  rateLimited: {
    type: 'counter',
    name: 'refold_rate_limited_total',
    help: 'Requests refused because their caller asked too often.',
    labels: ['kind'],
  },
  rateShared: {
    type: 'gauge',
    name: 'refold_rate_limits_shared',
    help: '1: rates are counted together with the other instances; 0: by this one alone.',
    labels: [],
  },
  backendAway: {
    type: 'gauge',
    name: 'refold_backend_away',
    help: '1: a backend does not answer, or refuses a right, and is waited for; 0: it is well.',
    labels: ['kind'],
  },
  published: {
    type: 'counter',
    name: 'refold_published_records_total',
    help: 'Records that ingest handed to the log, by what came of them.',
    labels: ['topic', 'outcome'],
  },
  publishSeconds: {
    type: 'histogram',
    name: 'refold_publish_seconds',
    help: 'Time from queueing a record to its acknowledgement by the log.',
    labels: ['topic'],
    buckets: FAST_SECONDS,
  },
  redactions: {
    type: 'counter',
    name: 'refold_redactions_total',
    help: 'Secrets and personal data taken out of events before they were published, by kind.',
    labels: ['kind'],
  },
  publishQueue: {
    type: 'gauge',
    name: 'refold_publish_queue_records',
    help: 'Records waiting in the lanes of this process.',
    labels: [],
  },
  verdictSeconds: {
    type: 'histogram',
    name: 'refold_verdict_seconds',
    help: 'Time from a request to the verdict that answered it.',
    labels: ['outcome'],
    buckets: FAST_SECONDS,
  },
  verdicts: {
    type: 'counter',
    name: 'refold_verdicts_total',
    help: 'Claims judged by the fold, by verdict and, for refusals, by code.',
    labels: ['projection', 'kind', 'code'],
  },
  commits: {
    type: 'counter',
    name: 'refold_commits_total',
    help: 'Commits of the fold, by outcome.',
    labels: ['projection', 'outcome'],
  },
  commitSeconds: {
    type: 'histogram',
    name: 'refold_commit_seconds',
    help: 'Time one commit took in the view store.',
    labels: ['projection'],
    buckets: FAST_SECONDS,
  },
  commitRecords: {
    type: 'histogram',
    name: 'refold_commit_records',
    help: 'Records that one commit covered.',
    labels: ['projection'],
    buckets: BATCH_SIZES,
  },
  checkpoint: {
    type: 'gauge',
    name: 'refold_checkpoint_next_offset',
    help: 'Next offset of the checkpoint of a partition this process owns.',
    labels: ['projection', 'partition'],
  },
  lagEvents: {
    type: 'gauge',
    name: 'refold_lag_events',
    help: 'Records between the checkpoint and the end of the log.',
    labels: ['projection', 'partition'],
  },
  lagSeconds: {
    type: 'gauge',
    name: 'refold_lag_seconds',
    help: 'Age of the oldest record that is not yet folded.',
    labels: ['projection', 'partition'],
  },
  partitionsOwned: {
    type: 'gauge',
    name: 'refold_partitions_owned',
    help: 'Partitions this process folds.',
    labels: ['projection'],
  },
  partitionsStopped: {
    type: 'gauge',
    name: 'refold_partitions_stopped',
    help: 'Partitions that stand still until somebody acts.',
    labels: ['projection'],
  },
  deadLetters: {
    type: 'counter',
    name: 'refold_dead_letters_total',
    help: 'Records set aside because they are not ours.',
    labels: ['projection'],
  },
  verifiedStreams: {
    type: 'counter',
    name: 'refold_verified_streams_total',
    help: 'Streams that continuous verification has compared with the log.',
    labels: ['projection'],
  },
  drift: {
    type: 'counter',
    name: 'refold_drift_total',
    help: 'Differences found between read models and the log, by what they are.',
    labels: ['projection', 'kind'],
  },
  parkedStreams: {
    type: 'counter',
    name: 'refold_parked_streams_total',
    help: 'Streams set aside because the fold threw on one of their claims.',
    labels: ['projection'],
  },
} as const satisfies Record<string, MetricSpec>;
