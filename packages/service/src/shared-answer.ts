/**
 * Asks at most once at a time, and again only when an answer is `ms` old: whoever asks meanwhile is given
 * the same. For answers that cost others work and that anybody may ask for. A failure is not kept.
 */
export function sharedAnswer<Answer>(
  ask: () => Promise<Answer>,
  ms: number,
  nowMs: () => number,
): () => Promise<Answer> {
  let shared: Promise<Answer> | null = null;
  let goodUntilMs = Number.POSITIVE_INFINITY;

  return () => {
    if (shared !== null && nowMs() < goodUntilMs) return shared;
    goodUntilMs = Number.POSITIVE_INFINITY;
    shared = ask().then(
      (answer) => {
        goodUntilMs = nowMs() + ms;
        return answer;
      },
      (error: unknown) => {
        shared = null;
        throw error;
      },
    );
    return shared;
  };
}
