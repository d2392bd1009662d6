export * from './ports/event-log.js';
export * from './ports/group-offset.js';
export * from './ports/view-store.js';
export type { OneTimeUses } from './ports/one-time-uses.js';
export * from './timing.js';
export { RecentRefusal } from './recent-refusal.js';
export * from './projection.js';
export { decodeCheckpoint, encodeCheckpoint } from './slot/checkpoint.js';
export type { Checkpoint, LastRecord, Role } from './slot/checkpoint.js';
export type { Parked, StreamDocument, ViewFault } from './slot/stream-document.js';
export { VERDICT_COUNTERS, verdictEntries } from './slot/verdict-digest.js';
export type { TimelineEvent } from './slot/timeline.js';
export { deciderAt, readRulesHistory } from './slot/rules-history.js';
export type { RulesHistory } from './slot/rules-history.js';
export { SKIPS_MAX } from './slot/skip-log.js';
export { BREAKER_LIMITS } from './project/breaker.js';
export type { BreakerLimits } from './project/breaker.js';
export { decodeRecord } from './fold/decode.js';
export type { Decoded } from './fold/decode.js';
export { NO_COUNTS } from './fold/cut-writer.js';
export type { CutCounts } from './fold/cut-writer.js';
export { cutLetter } from './slot/dead-letter.js';
export type { DeadLetter } from './slot/dead-letter.js';
export type { LetterOutcome } from './project/letter-outbox.js';
export { GroupWatch } from './project/group-watch.js';
export type { GroupWatchPorts } from './project/group-watch.js';
export { Projector } from './project/projector.js';
export type { PartitionStatus } from './project/projector.js';
export { PartitionProjector } from './project/partition-projector.js';
export type { Committed, HasEnded, ProjectorPorts } from './project/projector-ports.js';
export { LogUnavailable } from './project/check-position.js';
export { findPendingRules } from './project/pending-rules.js';
export type { PendingRules } from './project/pending-rules.js';
export { unfoldedClaims } from './project/unfolded-claims.js';
export { PartitionStopped } from './project/partition-stopped.js';
export { STOP_CODES } from './project/partition-stopped.js';
export type { StopCode } from './project/partition-stopped.js';
export {
  comparableOf,
  namesStreams,
  operationPlanned,
  plannedLive,
  plannedPartitions,
  storedPlanOf,
  taskOf,
} from './plan/planned-operation.js';
export type { StoredPartitionPlan, StoredPlan } from './plan/planned-operation.js';
export { effectOf, isKnownVerb } from './plan/task-selection.js';
export type { RefoldVerb } from './plan/task-selection.js';
export { leftOf, operationProgress, readProgress } from './plan/refold-eta.js';
export type { OperationProgress, PartitionProgress } from './plan/refold-eta.js';
export { ArgumentRefused } from './plan/argument-refused.js';
export { changedSince } from './plan/changed-since.js';
export type { Change, ChangeCode } from './plan/changed-since.js';
export { planGenerations } from './plan/generation-plan.js';
export type { GenerationArguments } from './plan/generation-arguments.js';
export type {
  GenerationPlan,
  GenerationPlanPorts,
  StoredGenerationPlan,
} from './plan/generation-plan.js';
export type { GenerationRefusal } from './plan/generation-refusal.js';
export { diffGenerations } from './diff/diff-generations.js';
export type { DiffPorts } from './diff/diff-partition.js';
export { digestOf } from './diff/generation-digest.js';
export type { PartitionDiff, VerdictChange } from './diff/generation-diff.js';
export { swapGate } from './diff/swap-gate.js';
export type { GateRefusal } from './diff/swap-gate.js';
export { streamsCounted } from './plan/streams-counted.js';
export { makePlan } from './plan/make-plan.js';
export type { PlanRequest, PlanWatch } from './plan/make-plan.js';
export type { PlanPorts } from './plan/plan-partition.js';
export { NAMED_STREAMS_MAX } from './plan/plan.js';
export type { MeasuredOperation } from './plan/plan-rate.js';
export { logStarts, trafficBetween } from './plan/traffic.js';
export type { Traffic } from './plan/traffic.js';
export type { PartitionPlan, Plan, PlanAmounts, Refusal } from './plan/plan.js';
export {
  letterAt,
  letterRecordOf,
  planRepublish,
  type LetterArguments,
} from './plan/plan-republish.js';
export { PlanRefused } from './plan/plan-refused.js';
export type { Hold } from './plan/cut-limits.js';
export type { CutAmounts } from './plan/cut-scan.js';
export { checkCut } from './plan/log-cut.js';
export { checkHeldAlone, planEvict } from './plan/plan-evict.js';
export { cutHindrance, planTruncate, truncationOf } from './plan/plan-truncate.js';
export { readStatuses } from './plan/archivable-runs.js';
export { archivedSubjectsOf, planArchive, type ArchiveArguments } from './plan/plan-archive.js';
export { planParked, NAMED_SUBJECTS_MAX, type ParkedArguments } from './plan/plan-parked.js';
export { readPresent } from './plan/present.js';
export type { Present, PresentPartition } from './plan/present.js';
export type { Verb } from './plan/verb.js';
export { noticeReset } from './plan/notice-reset.js';
export type { NoticedReset } from './plan/notice-reset.js';
export {
  GENERATIONS_MAX,
  beginSwap,
  createGeneration,
  dropGeneration,
  giveUpSwap,
} from './generation/change-pointer.js';
export type {
  GenerationRequest,
  PointerPorts,
  PointerRefusal,
  SwapBegun,
} from './generation/change-pointer.js';
export {
  asideGenerations,
  generationOf,
  liveGeneration,
  livePartitions,
  pointerSlot,
} from './generation/pointer.js';
export type {
  Generation,
  GenerationState,
  Pointer,
  PointerResult,
  Swap,
} from './generation/pointer.js';
export {
  buildHindrance,
  dropHindrance,
  carriedInto,
  swapHindrance,
} from './generation/hindrance.js';
export { streamsCarried } from './slot/carried-over.js';
export { forbidSwap } from './generation/forbid-swap.js';
export { PointerUnreadable, SHARE, readPointer } from './generation/stored-pointer.js';
export { LIVE_LAG_MAX, LiveLags } from './generation/live-lags.js';
export type { AsideProgress } from './generation/aside-folding.js';
export { generationCheckpoint, isNearLive } from './generation/generation-checkpoint.js';
export { NEAR_MAX } from './generation/flip-swap.js';
export { SEAL_MS_MAX } from './generation/owned-swap.js';
export type { PendingReset } from './plan/pending-reset.js';
export { PUBLISHER_LIMITS, Publisher } from './publish/publisher.js';
export type { PublisherLimits } from './publish/publisher.js';
export type { PublishOutcome } from './publish/publish-outcome.js';
export { VerdictDesk } from './verdicts/verdict-desk.js';
export { SHARE_DEFAULT } from './refold/attempt.js';
export { decodeTask, encodeTask, isSampled, notBegun } from './refold/refold-task.js';
export type {
  RefoldProgress,
  RefoldResult,
  RefoldSelection,
  RefoldTask,
  SkippedClaim,
  StreamDifference,
} from './refold/refold-task.js';
export { LiveReads } from './read/live-reads.js';
export type { LiveSlots, LiveSnapshot } from './read/live-reads.js';
export { explainStream } from './explain/explain-stream.js';
export type { ExplainedRecord, Explanation, SaidOfClaim } from './explain/explain-stream.js';
export { ProjectionReader } from './read/projection-reader.js';
export type {
  DocumentRead,
  ListCursor,
  ListEntry,
  TimelineRead,
} from './read/projection-reader.js';
export type { ReadPosition } from './read/positioned-reads.js';
export { CatchingUp } from './read/position-floor.js';
export { PositionWaits } from './read/position-waits.js';
export { errorClassOf, parkedStreams, type ParkedStream } from './read/parked-streams.js';
export { listedLetter, listedLetters, type ListedLetter } from './read/listed-letters.js';
export { decodeReceipt, encodeReceipt, judgementOf } from './read/receipt.js';
export type { Receipt, ReceiptState } from './read/receipt.js';
