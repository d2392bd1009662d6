import { Projector, generationOf, slotOf, slotTag } from '@refold/pipeline';
import type { Committed, DeadLetter, LetterOutcome, Projection } from '@refold/pipeline';
import { faultyLog } from './faulty-log.js';
import { faultyStore } from './faulty-store.js';
import type { Refolds } from './refolds.js';
import type { Actor } from './scheduler.js';
import { virtualTiming } from './virtual-timing.js';
import type { World } from './world.js';

/** A process that folds every projection. */
export class ProjectorProcess {
  readonly actor: Actor;
  /** By topic. */
  readonly projectors = new Map<string, Projector>();
  readonly #world: World;
  readonly #refolds: Refolds;

  constructor(world: World, actor: Actor, refolds: Refolds) {
    this.#world = world;
    this.#refolds = refolds;
    this.actor = actor;
  }

  async open(): Promise<void> {
    const { projections } = this.#world;
    await Promise.all(projections.map((projection) => this.#start(projection)));
  }

  async #start(projection: Projection): Promise<void> {
    const world = this.#world;
    const log = faultyLog(world, this.actor);
    let commits = 0;
    const projector = new Projector(projection, {
      log,
      store: faultyStore(world, this.actor),
      timing: virtualTiming(world.scheduler, this.actor),
      rulebook: world.rulebook,
      commitId: () => `${this.actor.name}-${projection.name}-${commits++}`,
      mirror: (letters) => this.#mirror(letters),
      trouble: () => undefined,
      committed: (report) => this.#check(projection, report),
      refolded: (result) => this.#refolds.ended(result),
    });
    this.projectors.set(projection.topic, projector);
    await projector.start(log);
  }

  /** A commit counts as done only if it was done, and by this process. */
  #check(projection: Projection, { partition, generation, next, counts }: Committed): void {
    if (counts.records === 0) return;
    const tag = slotTag(slotOf(generationOf(projection, generation), partition));
    if (this.#world.commits.has(`${this.actor.name} ${tag} ${next}`)) return;
    this.#world.find(
      `${this.actor.name} reports a commit of ${tag} to ${next} that is not its own`,
    );
  }

  #mirror(letters: readonly DeadLetter[]): Promise<LetterOutcome[]> {
    const { scheduler, random, profile, calm, mirrored, delay } = this.#world;
    const fails = !calm && random.chance(profile.mirrorFaults);
    return scheduler.call({
      actor: this.actor,
      label: `${this.actor.name} mirrors ${letters.length}`,
      fault: fails ? random.pick(['unsent', 'unanswered', 'late'] as const) : 'none',
      failure: () => new Error('the dead letters were not acknowledged'),
      delay,
      perform: () => {
        for (const { topic, partition, offset } of letters) {
          mirrored.add(`${topic}/${partition}/${offset}`);
        }
        return letters.map(() => ({ kind: 'mirrored' as const }));
      },
    });
  }
}
