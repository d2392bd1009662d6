/**
 * Tells which pieces of what a server says are replies worth losing, from the bytes of one connection:
 * both are called with every piece, in order, before it passes.
 */
export interface ReplyWatch {
  asked(bytes: Buffer): void;
  /** Whether a reply that counts begins in this piece. */
  answered(bytes: Buffer): boolean;
}

/** Every piece of an answer counts. */
export const anyReply = (): ReplyWatch => ({
  asked: () => undefined,
  answered: () => true,
});

/** Kafka's number of the request that appends records. */
const PRODUCE = 0;

/** Calls `begin` with the first bytes of every message that opens with its size in four bytes. */
function eachMessage(headBytes: number, begin: (head: Buffer) => void): (bytes: Buffer) => void {
  const head = Buffer.alloc(4 + headBytes);
  let filled = 0;
  let rest = 0;
  return (bytes) => {
    for (let at = 0; at < bytes.length;) {
      const passed = Math.min(rest, bytes.length - at);
      rest -= passed;
      at += passed;
      const taken = rest > 0 ? 0 : Math.min(head.length - filled, bytes.length - at);
      bytes.copy(head, filled, at, at + taken);
      filled += taken;
      at += taken;
      if (filled < head.length) continue;
      filled = 0;
      rest = head.readInt32BE(0) - headBytes;
      begin(head.subarray(4));
    }
  };
}

/** Only what a Kafka broker answers to a produce request: an acknowledgement of records. */
export function acknowledgements(): ReplyWatch {
  const outstanding = new Set<number>();
  let acknowledged = false;
  const asked = eachMessage(8, (head) => {
    if (head.readInt16BE(0) === PRODUCE) outstanding.add(head.readInt32BE(4));
  });
  const answered = eachMessage(4, (head) => {
    if (outstanding.delete(head.readInt32BE(0))) acknowledged = true;
  });
  return {
    asked,
    answered(bytes) {
      acknowledged = false;
      answered(bytes);
      return acknowledged;
    },
  };
}

/** Only what a Redis answers next after a script was called: a commit is one, and so is a read. */
export function scriptReplies(): ReplyWatch {
  let called = false;
  return {
    asked(bytes) {
      if (bytes.includes('evalsha')) called = true;
    },
    answered() {
      const counts = called;
      called = false;
      return counts;
    },
  };
}
