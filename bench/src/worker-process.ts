import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The young generation that `npm run ingest-api` and `projector` have; the peers have it too. */
export const NODE_ARGUMENTS = ['--min-semi-space-size=32', '--max-semi-space-size=64'];

/** A script of the bench in a process of its own: its heap and compiled code are nobody else's. */
export interface WorkerProcess<Order, Answer> {
  /** One order at a time. Rejects with what the child threw, when it ends, and past the bound. */
  ask(order: Order): Promise<Answer>;
  /** Kills it and waits until it is gone. */
  end(): Promise<void>;
}

type Reply<Answer> = { answer: Answer } | { error: string };

/** @param script Beside this file. @param boundMs Longest time one order may take. */
export function startWorker<Order extends object, Answer>(
  script: string,
  boundMs: number,
): WorkerProcess<Order, Answer> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), { execArgv: NODE_ARGUMENTS });
  const gone = once(child, 'exit');
  return {
    async ask(order) {
      const answered = new AbortController();
      const signal = AbortSignal.any([answered.signal, AbortSignal.timeout(boundMs)]);
      child.send(order);
      try {
        const [reply] = (await Promise.race([
          once(child, 'message', { signal }),
          gone.then(([code]) => {
            throw new Error(`${script} ended with ${String(code)}`);
          }),
        ])) as [Reply<Answer>];
        if ('error' in reply) throw new Error(`${script}: ${reply.error}`);
        return reply.answer;
      } finally {
        answered.abort();
      }
    },
    async end() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** The child's side: answers every order, and ends with the process that gives them. */
export function answerOrders(work: (order: never) => Promise<unknown>): void {
  const reply = (value: Reply<unknown>): void => void process.send?.(value);
  process.on('disconnect', () => process.exit());
  process.on('message', (order) => {
    work(order as never).then(
      (answer) => reply({ answer }),
      (error: unknown) =>
        reply({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
}
