import type { DeadLetter, Publisher } from '@refold/pipeline';

/** The topic has a single partition: letters are rare, and read by people. */
const PARTITION = 0;

/** UTF-16 units of a value that is mirrored whole; a larger one stays on its own topic only. */
const VALUE_LENGTH_MAX = 200_000;

function letterText(letter: DeadLetter): string {
  const length = letter.value?.length ?? 0;
  if (length <= VALUE_LENGTH_MAX) return JSON.stringify(letter);
  return JSON.stringify({ ...letter, value: null, value_length: length });
}

/**
 * Mirrors dead letters to their topic. Resolves when every one is acknowledged.
 * @throws Error when one is not; it is mirrored again with a later commit, so copies are possible.
 */
export async function mirrorLetters(
  publisher: Publisher,
  deadLetterTopic: string,
  letters: readonly DeadLetter[],
): Promise<void> {
  const outcomes = await Promise.all(
    letters.map((letter) =>
      publisher.publish({
        topic: deadLetterTopic,
        partition: PARTITION,
        key: `${letter.topic}/${letter.partition}/${letter.offset}`,
        value: letterText(letter),
      }),
    ),
  );
  const failed = outcomes.find(({ kind }) => kind !== 'appended');
  if (failed !== undefined) {
    throw new Error(`${deadLetterTopic} did not take a dead letter: ${failed.kind}`);
  }
}
