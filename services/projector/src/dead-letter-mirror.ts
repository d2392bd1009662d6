import { cutLetter } from '@refold/pipeline';
import type { DeadLetter, LetterOutcome, Publisher, PublishOutcome } from '@refold/pipeline';
import type { Logger } from '@refold/service';

/** The topic has a single partition: letters are rare, and read by people. */
const PARTITION = 0;

/** What is refused because of the letter; a missing topic or right can be mended, and is tried again. */
const FOR_GOOD: readonly string[] = ['too_large', 'invalid'];

interface MirrorPorts {
  publisher: Pick<Publisher, 'publish'>;
  deadLetterTopic: string;
  logger: Pick<Logger, 'error'>;
}

/**
 * Mirrors dead letters to their topic, each cut to what a topic takes, and tells of each what became
 * of it. Never rejects. A letter that is refused for good is an error in the log.
 */
export const mirrorLetters = (
  ports: MirrorPorts,
  letters: readonly DeadLetter[],
): Promise<LetterOutcome[]> => Promise.all(letters.map((letter) => mirrorLetter(ports, letter)));

async function mirrorLetter(ports: MirrorPorts, letter: DeadLetter): Promise<LetterOutcome> {
  const { topic, partition, offset } = letter;
  const outcome = await ports.publisher.publish({
    topic: ports.deadLetterTopic,
    partition: PARTITION,
    key: `${topic}/${partition}/${offset}`,
    value: JSON.stringify(cutLetter(letter)),
  });
  if (outcome.kind === 'appended') return { kind: 'mirrored' };
  const message = `${ports.deadLetterTopic} did not take a dead letter: ${describe(outcome)}`;
  if (outcome.kind !== 'refused' || !FOR_GOOD.includes(outcome.reason)) {
    return { kind: 'trouble', message };
  }
  ports.logger.error(
    { topic, partition, offset },
    `${message}. It is not mirrored; the record stays at this place of its topic`,
  );
  return { kind: 'refused' };
}

function describe(outcome: Exclude<PublishOutcome, { kind: 'appended' }>): string {
  if (outcome.kind === 'full') return 'too many records wait to be published';
  return `${outcome.kind}: ${outcome.message}`;
}
