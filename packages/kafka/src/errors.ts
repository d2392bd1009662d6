import type { Offset } from '@refold/pipeline';

/** A topic or a partition of it that does not exist (yet, or any more). */
export class UnknownTopic extends Error {
  override readonly name = 'UnknownTopic';
  constructor(topic: string, partition?: number) {
    const what = partition === undefined ? `topic ${topic}` : `partition ${partition} of ${topic}`;
    super(`${what} does not exist: create it with the topic settings of this installation`);
  }
}

/** A batch on the log that this process cannot read. Waiting does not mend it. */
export class UndecodableBatch extends Error {
  override readonly name = 'UndecodableBatch';
}

/** A right is missing, or was taken away: somebody has to give it. */
export class RightRefused extends Error {
  override readonly name = 'RightRefused';
}

/** @param right what the user is not allowed to do, as `refold.runs/0: not allowed to read` */
export const rightRefused = (right: string, cause: Error): RightRefused =>
  new RightRefused(`${right}: grant the rights that docs/security.md lists (${cause.message})`, {
    cause,
  });

/** Error codes of the protocol that this package acts on. */
export const CODE = {
  none: 0,
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  topicAuthorizationFailed: 29,
  clusterAuthorizationFailed: 31,
} as const;

export const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));

/** An error and what caused it, as far as eight steps back. */
export const chainOf = (error: unknown): Error[] => {
  const chain: Error[] = [];
  for (let at = error; at instanceof Error && chain.length < 8; at = at.cause) chain.push(at);
  return chain;
};

/** The protocol's name for an error, as kafkajs keeps it; `undefined` where it is none of the protocol's. */
export const typeOf = (error: Error): string => String((error as { type?: string }).type);

/** @throws RangeError for an offset that no number holds. */
export function safeOffset(text: string): Offset {
  const offset = Number(text);
  if (!Number.isSafeInteger(offset)) throw new RangeError(`offset ${text} is beyond 2^53-1`);
  return offset;
}
