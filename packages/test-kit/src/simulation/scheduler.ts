import { createHash } from 'node:crypto';
import type { Random } from './random.js';

/** A process of the simulated world. It only goes on when one of its calls is settled. */
export interface Actor {
  readonly name: string;
  alive: boolean;
  /** Virtual time until which nothing reaches it (a stopped process); its requests go on. */
  frozenUntil: number;
}

/** What may happen to one call of a port. */
export type CallFault =
  /** Done and answered. */
  | 'none'
  /** Never done, answered with an error. */
  | 'unsent'
  /** Done, answered with an error. */
  | 'unanswered'
  /** Answered with an error, done afterwards. */
  | 'late'
  /** Done and answered, and done once more much later: a copy that was still on its way. */
  | 'twice';

/** One call of a port by an actor. */
export interface Call<T> {
  actor: Actor;
  label: string;
  perform: () => T | Promise<T>;
  fault: CallFault;
  /** What a failed call rejects with. */
  failure: () => Error;
  /** Virtual milliseconds that the request and the answer take. */
  delay: () => number;
}

interface Task {
  label: string;
  /** Who must be alive and awake; null: the network. */
  actor: Actor | null;
  /** Whose request this is: when it dies, the request may be lost with it. */
  sender: Actor | null;
  at: number;
  run(): unknown;
}

/** A fault that cannot be blamed on the engine: the simulation itself is broken. */
export class SimulationBroken extends Error {
  override readonly name = 'SimulationBroken';
}

/** How late a copy of a request may come, virtual milliseconds. */
const COPY_MS = 10_000;

/** How often time jumps to the next timer although something else could go on. */
const EARLY_TIMER = 0.02;

/**
 * Runs one thing at a time, in an order that only depends on the seed. Whatever an actor awaits is
 * settled by a task of this scheduler, so a schedule is the list of its tasks.
 */
export class Scheduler {
  now: number;
  steps = 0;
  readonly trace: string[] = [];
  readonly #random: Random;
  #tasks: Task[] = [];

  constructor(random: Random, now: number) {
    this.#random = random;
    this.now = now;
  }

  /** Something that happens to an actor after `delay` milliseconds, unless it is dead by then. */
  later(actor: Actor | null, label: string, delay: number, run: () => unknown): () => void {
    const task: Task = { actor, sender: null, label, at: this.now + delay, run };
    this.#tasks.push(task);
    return () => this.#remove(task);
  }

  /** A call of a port: the request reaches the backend in one task, the answer its caller in another. */
  call<T>(call: Call<T>): Promise<T> {
    const { actor, label, fault } = call;
    return new Promise<T>((resolve, reject) => {
      const answer = (settle: () => void): void => {
        this.later(actor, `${label} answered`, call.delay(), settle);
      };
      const perform = async (): Promise<void> => {
        try {
          const result = await call.perform();
          if (fault === 'none' || fault === 'twice') answer(() => resolve(result));
          if (fault === 'unanswered') answer(() => reject(call.failure()));
        } catch (error) {
          if (error instanceof SimulationBroken) throw error;
          const reason = error instanceof Error ? error : new Error(String(error));
          if (fault !== 'late') answer(() => reject(reason));
        }
      };
      if (fault === 'unsent' || fault === 'late') answer(() => reject(call.failure()));
      if (fault === 'unsent') return;
      const at = this.now + call.delay() + (fault === 'late' ? call.delay() : 0);
      const request: Task = {
        actor: null,
        sender: actor,
        label: `${label} done`,
        at,
        run: perform,
      };
      this.#tasks.push(request);
      if (fault !== 'twice') return;
      const copy = {
        label: `${label} done twice`,
        at: at + this.#random.int(0, COPY_MS),
        run: call.perform,
      };
      this.#tasks.push({ ...request, ...copy });
    });
  }

  /** The end of an actor: nothing more reaches it, and half of what it has sent is lost. */
  kill(actor: Actor): void {
    actor.alive = false;
    this.#tasks = this.#tasks.filter(
      (task) => task.actor !== actor && (task.sender !== actor || this.#random.chance(0.5)),
    );
  }

  /** Runs one task. False: there is none. */
  async step(): Promise<boolean> {
    const task = this.#choose();
    if (task === null) return false;
    this.steps += 1;
    this.trace.push(`${this.now} ${task.label}`);
    await task.run();
    await new Promise<void>((resolve) => void setImmediate(resolve));
    return true;
  }

  /** Equal digests: equal schedules. */
  digest(): string {
    return createHash('sha256').update(this.trace.join('\n')).digest('hex').slice(0, 16);
  }

  #choose(): Task | null {
    if (this.#tasks.length === 0) return null;
    const ready = this.#tasks.filter((task) => this.#dueOf(task) <= this.now);
    if (ready.length === 0 || (ready.length < this.#tasks.length && this.#isEarly())) {
      const waiting = this.#tasks.filter((task) => this.#dueOf(task) > this.now);
      const due = Math.min(...waiting.map((task) => this.#dueOf(task)));
      this.now = Math.max(this.now, due);
      ready.push(...waiting.filter((task) => this.#dueOf(task) <= this.now));
    }
    const task = this.#random.pick(ready);
    this.#remove(task);
    return task;
  }

  #isEarly(): boolean {
    return this.#random.chance(EARLY_TIMER);
  }

  #dueOf(task: Task): number {
    return Math.max(task.at, task.actor?.frozenUntil ?? 0);
  }

  #remove(task: Task): void {
    const at = this.#tasks.indexOf(task);
    if (at >= 0) this.#tasks.splice(at, 1);
  }
}
