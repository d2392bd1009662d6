import type { OperationApproval } from '@refold/contracts';
import type { Rulebook } from '@refold/domain';
import {
  GroupWatch,
  LiveLags,
  Projector,
  Publisher,
  PUBLISHER_LIMITS,
  type BreakerLimits,
  type EventLog,
  type Projection,
  type Timing,
  type ViewStore,
} from '@refold/pipeline';
import type { Logger, Metrics } from '@refold/service';
import { endedOperations } from './ended-operations.js';
import { followOperations } from './follow-operations.js';
import { mirrorLetters } from './dead-letter-mirror.js';
import { createFoldHealth, type FoldHealth } from './fold-health.js';
import { createFoldMeter } from './fold-meter.js';
import { createFoldReport } from './fold-report.js';
import { createPatrol } from './patrol.js';
import { recordResets } from './record-resets.js';
import { timedStore } from './timed-store.js';

/**
 * A topic that does not answer holds commits up for this long at most, milliseconds: dead letters are mirrored
 * before the commit after them. What is told of operations is told again later.
 */
const GIVE_UP_MS = 2_000;

/** What folding is built from. */
export interface ProjectingPorts {
  log: EventLog;
  store: ViewStore;
  timing: Timing;
  /** The versions of rules and views that this process has. */
  rulebook: Rulebook;
  projections: readonly Projection[];
  deadLetterTopic: string;
  /** The projection of operations, also where another process folds it: what they ask for is carried out here. */
  operations: Projection;
  /** Whether a second principal has to agree to operations that are planned here. */
  approval: OperationApproval;
  /** Random and new at every call. */
  newId: () => string;
  logger: Logger;
  metrics: Metrics;
  /** True: no other process folds these projections. */
  alone: boolean;
  /** Share of the time in which read models are compared with the log, 0 to 1; off when left out. */
  verifyShare?: number;
  /** When a commit is held back that would park many streams. */
  breaker?: BreakerLimits;
}

/** The projections that this process folds. */
export interface Projecting {
  /** Health by projection name. */
  readonly health: ReadonlyMap<string, FoldHealth>;
  /** Joins every group; resolves when the memberships are under way. */
  start(): Promise<void>;
  /** Leaves every group; bounded. */
  stop(): Promise<void>;
}

/** A projector, and the log it is given. */
interface Folding {
  projector: Projector;
  watch: GroupWatch;
  watched: Pick<EventLog, 'subscribe'>;
}

const PUBLISHED_WAIT_MS = 1_000;

/** Folding over the ports. */
export function createProjecting(ports: ProjectingPorts): Projecting {
  const { log, timing, logger, metrics } = ports;
  const nowMs = (): number => timing.now();
  const store = timedStore(ports.store, nowMs, (projection, ms, outcome) => {
    metrics.commitSeconds.observe({ projection }, ms / 1_000);
    if (outcome === 'stale') metrics.commits.inc({ projection, outcome });
  });
  const hasEnded = endedOperations({ log, store: ports.store, operations: ports.operations });
  const lags = new LiveLags();
  const publisher = new Publisher(
    { log, timing, trouble: (what) => logger.warn({ trouble: what }, 'publishing meets trouble') },
    { ...PUBLISHER_LIMITS, giveUpMs: GIVE_UP_MS },
  );

  function foldingOf(projection: Projection): Folding {
    const meter = createFoldMeter(projection.name, metrics, () => Date.now());
    const report = createFoldReport(projection.name, logger);
    const projector: Projector = new Projector(projection, {
      log,
      store,
      timing,
      lags,
      rulebook: ports.rulebook,
      commitId: ports.newId,
      ...(ports.breaker === undefined ? {} : { breaker: ports.breaker }),
      mirror: (batch) =>
        mirrorLetters({ publisher, deadLetterTopic: ports.deadLetterTopic, logger }, batch),
      append: (record) => publisher.publish(record),
      hasEnded,
      finished({ drift }) {
        for (const [kind, count] of Object.entries(drift)) {
          metrics.drift.inc({ projection: projection.name, kind }, count);
        }
      },
      refolded: (result) => followed.refolded(result),
      patrolled: (result) => patrol?.patrolled(projection.name, result),
      trouble(partition, what) {
        const level = what.startsWith('stopped') ? 'error' : 'warn';
        logger[level]({ projection: projection.name, partition }, what);
      },
      committed(commit) {
        report.committed(commit);
        meter.committed(commit, projector.status());
      },
    });
    const watch = new GroupWatch(
      {
        log,
        store: ports.store,
        timing,
        noticed(reset) {
          logger.info({ projection: projection.name, ...reset }, 'the group was reset by a tool');
          void resets.look();
        },
        trouble: (partition, what) => logger.warn({ projection: projection.name, partition }, what),
      },
      projection,
    );
    return { projector, watch, watched: watch.watched(report.watched(log)) };
  }

  const foldings = ports.projections.map(foldingOf);
  const projectors = foldings.map(({ projector }) => projector);
  const { operations, approval, rulebook, newId: commitId } = ports;
  const shared = { store: ports.store, timing, operations, publisher, logger, hasEnded };
  const watches = foldings.map(({ watch }) => watch);
  const resets = recordResets({ ...shared, log, watches, approval });
  const followed = followOperations({
    ...{ ...shared, log, rulebook, commitId, projectors, resets },
    nowMs: () => Date.now(),
  });
  const { verifyShare = 0 } = ports;
  const patrol =
    verifyShare === 0
      ? null
      : createPatrol({ timing, projectors, share: verifyShare, metrics, logger });
  const health = new Map(
    projectors.map((projector) => [
      projector.projection.name,
      createFoldHealth({ projector, log, store: ports.store, nowMs, alone: ports.alone }),
    ]),
  );
  return {
    health,
    async start() {
      for (const { projector, watched } of foldings) await projector.start(watched);
      await followed.start();
      patrol?.start();
    },
    async stop() {
      await Promise.all([followed.stop(), patrol?.stop()]);
      await resets.stop();
      await Promise.all(projectors.map((projector) => projector.stop()));
      await publisher.close(PUBLISHED_WAIT_MS);
    },
  };
}
