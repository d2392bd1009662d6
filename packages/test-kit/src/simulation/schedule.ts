import { checkStore } from './check-store.js';
import { nextClaim } from './claims.js';
import { Door } from './door.js';
import type { Attempt } from './door.js';
import { WORLD_ACTIONS } from './profile.js';
import type { WorldAction } from './profile.js';
import type { Place } from './place.js';
import { ProjectorProcess } from './projector-process.js';
import { changeRules } from './rules-records.js';
import type { Generations } from './generations.js';
import type { Refolds } from './refolds.js';
import type { Actor } from './scheduler.js';
import { takeImage, WORLD_ACTS } from './world-actions.js';
import type { World } from './world.js';

/** Weight of a client's claim beside the world's actions. */
const CLAIM_WEIGHT = 10;

/** Most things that happen between two actions. */
const PAUSE_STEPS_MAX = 40;

/** Claims that are repeated come from the last so many, or from all. */
const RECENT = 8;

/** How long a dead member keeps its partitions, milliseconds. */
const SESSION_TIMEOUT_MS = 1000;

/** What would hide an error in the store, because everything is folded again. */
const HEALING: ReadonlySet<WorldAction> = new Set([
  'restore slot',
  'empty slot',
  'empty store',
  'lose checkpoint',
]);

/** Who asks for something beside the clients. */
export interface Operators {
  refolds: Refolds;
  generations: Generations;
}

/** Drives clients and faults over a world, action by action. */
export class Schedule {
  readonly world: World;
  readonly attempts: Attempt[] = [];
  readonly doors: Door[] = [];
  readonly #processes: ProjectorProcess[] = [];
  readonly #streams: { kind: 'run' | 'worker'; streamId: string }[];
  readonly #operators: Operators;
  #numbers = 0;
  #actors = 0;

  constructor(world: World, operators: Operators) {
    this.world = world;
    this.#operators = operators;
    const { runs, workers } = world.profile;
    this.#streams = [
      ...Array.from({ length: runs }, (_, n) => ({ kind: 'run' as const, streamId: `r${n}` })),
      ...Array.from({ length: workers }, (_, n) => ({
        kind: 'worker' as const,
        streamId: `w${n}`,
      })),
    ];
  }

  async open(): Promise<void> {
    const { projectors, doors } = this.world.profile;
    for (let n = 0; n < projectors; n++) await this.#openProjector();
    for (let n = 0; n < doors; n++) await this.#openDoor();
  }

  /** The stormy part: actions one after another, with whatever goes on between them. */
  async run(): Promise<void> {
    const { random, profile, scheduler } = this.world;
    for (let n = 0; n < profile.actions; n++) {
      this.#operators.refolds.maybeAsk(this.#processes);
      this.#operators.generations.maybeAsk();
      const action = this.#drawAction();
      scheduler.trace.push(`${scheduler.now} ${action}`);
      await this.#act(action);
      if (random.chance(0.15)) takeImage(this.world);
      const pause = random.chance(0.4) ? 0 : random.int(1, PAUSE_STEPS_MAX);
      for (let step = 0; step < pause; step++) await scheduler.step();
    }
  }

  /** Faults stop: everybody who stands still goes on, and somebody is there to fold. */
  async calmDown(): Promise<void> {
    const { world } = this;
    world.calm = true;
    for (const actor of world.actors) actor.frozenUntil = 0;
    await this.#openProjector();
  }

  giveUpSwaps(): Promise<void> {
    return this.#operators.generations.giveUpSwaps();
  }

  /** Asks for the end of what a partition is being folded anew for. */
  cancelRefold(place: Place, operation: string): void {
    this.#operators.refolds.cancel(place, operation, this.#processes);
  }

  /** Asks once more for all streams of a partition to be folded anew. True: it is done. */
  redrive(operation: string, place: Place, to: number): boolean {
    return this.#operators.refolds.redrive(operation, place, to, this.#processes);
  }

  #drawAction(): WorldAction | 'claim' {
    const { weights } = this.world.profile;
    const total = WORLD_ACTIONS.reduce((sum, action) => sum + weights[action], CLAIM_WEIGHT);
    let drawn = this.world.random.next() * total - CLAIM_WEIGHT;
    if (drawn < 0) return 'claim';
    for (const action of WORLD_ACTIONS) {
      drawn -= weights[action];
      if (drawn < 0) return action;
    }
    return 'claim';
  }

  async #act(action: WorldAction | 'claim'): Promise<void> {
    const { world } = this;
    const projection = world.random.pick(world.projections);
    const place = { projection, partition: world.random.int(0, projection.partitions - 1) };
    if (action === 'claim') this.#claim();
    else if (action === 'look') this.#look();
    else if (action === 'crash projector') this.#crash('p', () => this.#openProjector());
    else if (action === 'crash door') this.#crash('d', () => this.#openDoor());
    else {
      if (HEALING.has(action)) for (const fault of await checkStore(world)) world.find(fault);
      await WORLD_ACTS[action](world, place);
    }
  }

  #claim(): void {
    const { random } = this.world;
    const doors = this.doors.filter((door) => door.actor.alive);
    if (doors.length === 0) return;
    const number = ++this.#numbers;
    const known = this.attempts.flatMap(({ claim, over }) => (over || !claim.ownId ? claim : []));
    const recent = random.chance(0.6) ? known.slice(-RECENT) : known;
    const claim = nextClaim(random, {
      streams: this.#streams,
      lastSeq: this.#lastSeq(),
      made: recent,
      number,
    });
    const door = random.pick(doors);
    const replyTo = random.pick(doors).actor.name;
    this.attempts.push(door.submit(number, claim, random.chance(0.1) ? replyTo : undefined));
    changeRules(this.world, number);
    this.world.poison?.write(this.world, number);
  }

  /** What clients were told of their streams. */
  #lastSeq(): Map<string, number> {
    const last = new Map<string, number>();
    for (const { claim, verdict } of this.attempts) {
      if (verdict === null || !('seq' in verdict)) continue;
      const { subject } = claim.fields;
      last.set(subject, Math.max(last.get(subject) ?? 0, verdict.seq));
    }
    return last;
  }

  #look(): void {
    const doors = this.doors.filter((door) => door.actor.alive);
    if (doors.length === 0) return;
    const { kind, streamId } = this.world.random.pick(this.#streams);
    const door = this.world.random.pick(doors);
    void door.look(`${kind}/${streamId}`);
    if (this.world.profile.generations === 0) return;
    for (const projection of this.world.projections) void door.lookAtAll(projection);
  }

  /** Ends one process of a kind; another one takes its place after a while. */
  #crash(kind: 'p' | 'd', replace: () => Promise<unknown>): void {
    const { scheduler, actors, random, groups } = this.world;
    const alive = actors.filter((actor) => actor.alive && actor.name.startsWith(kind));
    if (alive.length === 0) return;
    const actor = random.pick(alive);
    scheduler.kill(actor);
    for (const door of this.doors) if (door.actor === actor) door.abandon();
    scheduler.later(null, `${actor.name} is missed`, SESSION_TIMEOUT_MS, () => {
      for (const group of groups.values()) group.drop(actor);
    });
    scheduler.later(null, `another ${kind}`, random.int(0, 3000), replace);
  }

  #actor(kind: 'p' | 'd'): Actor {
    const actor: Actor = { name: `${kind}${++this.#actors}`, alive: true, frozenUntil: 0 };
    this.world.actors.push(actor);
    return actor;
  }

  async #openProjector(): Promise<void> {
    const process = new ProjectorProcess(this.world, this.#actor('p'), this.#operators.refolds);
    this.#processes.push(process);
    await process.open();
  }

  async #openDoor(): Promise<void> {
    const door = new Door(this.world, this.#actor('d'));
    await door.open();
    this.doors.push(door);
  }
}
