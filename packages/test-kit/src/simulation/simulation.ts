import {
  OffsetOutOfRange,
  PartitionStopped,
  decodeCheckpoint,
  decodeTask,
  slotOf,
} from '@refold/pipeline';
import type { Model, ModelVerdict } from '../model/model.js';
import { checkAttempts, checkLooks, checkOrder } from './check-answers.js';
import { nextOf } from './check-slot.js';
import { checkMixes, checkTold, unsettledAside } from './check-generations.js';
import { checkStore } from './check-store.js';
import { checkFresh, isRefolding } from './check-fresh.js';
import { asidesOf, keyOf, liveOf, liveSlot, type Place } from './place.js';
import { Schedule, type Operators } from './schedule.js';
import { simulatedModel } from './simulated-rules.js';
import { emptySlot, restoreSlot } from './world-actions.js';
import type { Stop, World } from './world.js';

/** Steps within which everything must be folded once faults have stopped, and between two looks. */
const CALM_STEPS_MAX = 20_000;
const CALM_STEPS_BETWEEN = 20;

/** Stops that a log which lost its tail explains. */
const isOfLostTail = (error: Error): boolean =>
  error instanceof OffsetOutOfRange ||
  (error instanceof PartitionStopped &&
    (error.code === 'log_replaced' || error.code === 'checkpoint_beyond_end'));

const isOfNewerRecord = (error: Error): boolean =>
  error instanceof PartitionStopped && error.code === 'unknown_version';

/** One schedule from the first process to the last check. */
export class Simulation {
  readonly #world: World;
  readonly #schedule: Schedule;
  /** Stops before this one were in the stormy part. */
  #calmStops = 0;
  #redrives = 0;

  constructor(world: World, operators: Operators) {
    this.#world = world;
    this.#schedule = new Schedule(world, operators);
  }

  async run(): Promise<void> {
    const world = this.#world;
    await world.open();
    await this.#schedule.open();
    await this.#schedule.run();
    await this.#checkStore();
    this.#calmStops = world.stops.length;
    await this.#schedule.calmDown();
    await this.#settle();
    await this.#discardReplaced();
    await this.#checkStore();
    this.#find(await checkFresh(world));
    await this.#redrive();
    await this.#loseSlot();
    const models = this.#models();
    this.#checkStops(models);
    this.#checkAnswers(models);
  }

  #find(faults: readonly string[]): void {
    for (const fault of faults) this.#world.find(fault);
  }

  async #checkStore(): Promise<void> {
    this.#find(await checkStore(this.#world));
  }

  #places(): Place[] {
    return this.#world.projections.flatMap((projection) =>
      Array.from({ length: projection.partitions }, (_, partition) => ({ projection, partition })),
    );
  }

  #models(): Map<string, Model> {
    const { projections, log } = this.#world;
    return new Map(
      projections.map((projection) => {
        const { topic, partitions } = projection;
        const all = Array.from({ length: partitions }, (_, p) => log.records(topic, p));
        const poison = this.#world.poison?.model(null, projection);
        return [topic, simulatedModel(projection, all, poison)];
      }),
    );
  }

  /** Runs until everything is folded and everybody answered; a finding when that does not come. */
  async #settle(): Promise<void> {
    const { scheduler } = this.#world;
    const end = scheduler.steps + CALM_STEPS_MAX;
    let unsettled: string | null = 'not begun';
    while (unsettled !== null && scheduler.steps < end) {
      for (let n = 0; n < CALM_STEPS_BETWEEN; n++) await scheduler.step();
      unsettled = await this.#unsettled();
    }
    if (unsettled !== null) this.#world.find(`no rest: ${unsettled}`);
  }

  async #unsettled(): Promise<string | null> {
    const open = this.#schedule.attempts.find(({ over }) => !over);
    if (open !== undefined) return `attempt ${open.number} is still open`;
    for (const { projection, partition } of this.#places()) {
      const { topic } = projection;
      if (this.#calmStop(topic, partition) !== undefined) continue;
      if (this.#world.groups.get(topic)?.isTakenOver(partition) !== true) {
        return `${topic}/${partition} is not taken over`;
      }
      const dump = this.#world.store.dump(liveSlot(this.#world, projection, partition));
      const { end } = await this.#world.log.range(topic, partition);
      if (nextOf(dump) !== end) return `${topic}/${partition} is at ${nextOf(dump)} of ${end}`;
      if (dump.hashes['dead-letters-pending'] !== undefined) {
        return `${topic}/${partition} has dead letters that are not mirrored`;
      }
      if (isRefolding(dump)) return `${topic}/${partition} is still being folded anew`;
      const aside = unsettledAside(this.#world, { projection, partition }, end);
      if (aside !== null) return aside;
    }
    return null;
  }

  #calmStop(topic: string, partition: number): Stop | undefined {
    return this.#world.stops
      .slice(this.#calmStops)
      .find((stop) => stop.topic === topic && stop.partition === partition);
  }

  /**
   * A partition whose log lost what was folded must have stopped, and must not have folded on
   * before. Then somebody does what the message says: discards its read models.
   */
  async #discardReplaced(): Promise<void> {
    const world = this.#world;
    const stopped = this.#places().filter(({ projection: { topic }, partition }) => {
      const stop = this.#calmStop(topic, partition);
      return world.isReplaced(topic, partition) && stop !== undefined && isOfLostTail(stop.error);
    });
    for (const place of stopped) {
      this.#checkStanding(place);
      emptySlot(world, place);
    }
    world.replaced.clear();
    if (stopped.length === 0) return;
    this.#calmStops = world.stops.length;
    for (const group of world.groups.values()) group.rebalance();
    await this.#settle();
  }

  /** While nothing comes in, an owner notices all the same that its slot was lost. */
  async #loseSlot(): Promise<void> {
    const world = this.#world;
    const owned = this.#places().filter(
      ({ projection, partition }) => this.#calmStop(projection.topic, partition) === undefined,
    );
    if (owned.length === 0) return;
    const place = world.random.pick(owned);
    const { topic } = place.projection;
    world.scheduler.trace.push(`${keyOf(place.projection, place.partition)} is lost`);
    const isOld = world.lost.some((t) => t.topic === topic && t.partition === place.partition);
    if (isOld || world.random.chance(0.5)) emptySlot(world, place);
    else restoreSlot(world, place);
    await this.#settle();
    if (world.poison === null) {
      await this.#checkStore();
      this.#find(await checkFresh(world));
    } else {
      await this.#redrive();
    }
  }

  /** The rules are mended, and whatever stands parked is folded anew. */
  async #redrive(): Promise<void> {
    const { poison, scheduler, store } = this.#world;
    if (poison === null) return;
    poison.isMended = true;
    // Nobody redrives what a swap under way replaces: of two operations on a partition one is refused.
    await this.#schedule.giveUpSwaps();
    for (const place of this.#places()) {
      const { projection, partition } = place;
      const dump = store.dump(liveSlot(this.#world, projection, partition));
      // What waits for a partition to go on that stands still holds up everything behind it.
      const isStanding = this.#calmStop(projection.topic, partition) !== undefined;
      const waiting = isStanding ? dump.text['refold'] : undefined;
      const to = nextOf(dump);
      const operation = `redrive-${this.#redrives++}`;
      const end = scheduler.steps + CALM_STEPS_MAX;
      while (!this.#schedule.redrive(operation, place, to) && scheduler.steps < end) {
        if (waiting !== undefined)
          this.#schedule.cancelRefold(place, decodeTask(waiting).operation);
        for (let n = 0; n < CALM_STEPS_BETWEEN; n++) await scheduler.step();
      }
      if (scheduler.steps >= end)
        this.#world.find(`${operation} of ${keyOf(place.projection, place.partition)} never ends`);
    }
    await this.#settle();
    await this.#checkStore();
    this.#find(await checkFresh(this.#world));
  }

  /**
   * The record that a stopped slot names as its last must not be one of the log that began with the loss
   * it stopped for, which is the last one: what was written after an earlier loss may have been folded.
   */
  #checkStanding({ projection, partition }: Place): void {
    const { topic } = projection;
    const { checkpoint } = this.#world.store.dump(liveSlot(this.#world, projection, partition));
    const last = checkpoint === null ? null : decodeCheckpoint(checkpoint).last;
    const lost = this.#world.lost.findLast((t) => t.topic === topic && t.partition === partition);
    if (last === null || lost === undefined || last.offset < lost.from) return;
    const records = this.#world.log.records(topic, partition);
    const there = records.find(({ offset }) => offset === last.offset);
    if (there?.leaderEpoch === last.leaderEpoch && there.timestamp === last.timestamp) {
      this.#world.find(`${topic}/${partition} stopped only after it had folded the new log`);
    }
  }

  #checkStops(models: ReadonlyMap<string, Model>): void {
    for (const { topic, partition, error } of this.#world.stops) {
      const isLost = this.#world.lost.some((t) => t.topic === topic && t.partition === partition);
      const isNewer = models.get(topic)?.stoppedAt[partition] != null;
      if (isLost && isOfLostTail(error)) continue;
      if ((isNewer || isLost) && isOfNewerRecord(error)) continue;
      this.#world.find(`${topic}/${partition} stopped without a reason: ${error.message}`);
    }
    for (const [topic, { stoppedAt }] of models) {
      for (const [partition, offset] of stoppedAt.entries()) {
        if (offset !== null) this.#checkWaiting(topic, partition, offset);
      }
    }
  }

  /** Behind a newer record nothing is folded, and before it everything. */
  #checkWaiting(topic: string, partition: number, offset: number): void {
    const projection = this.#world.projections.find((p) => p.topic === topic);
    if (projection === undefined) return;
    const next = nextOf(this.#world.store.dump(liveSlot(this.#world, projection, partition)));
    const waiting = this.#world.log
      .records(topic, partition)
      .some((record) => record.offset >= next && record.offset < offset);
    if (next > offset || waiting) {
      this.#world.find(`${topic}/${partition} is at ${next}, a newer record stands at ${offset}`);
    }
  }

  #checkAnswers(models: ReadonlyMap<string, Model>): void {
    const world = this.#world;
    const { attempts, doors } = this.#schedule;
    const records = (topic: string, partition: number) => world.log.records(topic, partition);
    const answers = { world, models, records };
    this.#find(checkAttempts(answers, attempts));
    this.#find(checkOrder(answers, doors));
    this.#find(checkLooks(answers, doors));
    this.#find(checkTold(answers, attempts));
    this.#find(checkMixes(world, doors));
    this.#checkLetters(models);
  }

  /** Dead letters reach their topic, or wait in a slot that stands still. */
  #checkLetters(models: ReadonlyMap<string, Model>): void {
    const { store, mirrored } = this.#world;
    const waits = ({ projection, partition }: Place, offset: number): boolean =>
      [liveOf(store, projection, partition), ...asidesOf(store, projection, partition)].some(
        (one) =>
          store.dump(slotOf(one, partition)).hashes['dead-letters-pending']?.[offset] !== undefined,
      );
    for (const { projection, partition } of this.#places()) {
      const { topic } = projection;
      const judged = models.get(topic)?.verdicts[partition] ?? new Map<number, ModelVerdict>();
      for (const [offset, { kind }] of judged) {
        const place = `${topic}/${partition}/${offset}`;
        if (kind !== 'dead_letter' || mirrored.has(place)) continue;
        if (
          waits({ projection, partition }, offset) &&
          this.#calmStop(topic, partition) !== undefined
        )
          continue;
        this.#world.find(`the dead letter at ${place} was never mirrored`);
      }
    }
  }
}
