import { connect } from 'node:net';

const METADATA = 3;
const NO_TOPICS_V1 = Buffer.from([
  0,
  METADATA,
  0,
  1,
  0,
  0,
  0,
  7,
  0xff,
  0xff,
  /* no client id */ 0,
  0,
  0,
  0,
]);

/**
 * Whether a broker at the address serves: it lists at least one live broker. A fenced broker
 * (just restarted, its old registration not yet expired) lists none. Bounded to `boundMs`.
 */
export function kafkaAnswers(host: string, port: number, boundMs = 1_000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let received = Buffer.alloc(0);
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(boundMs, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
    socket.once('connect', () => {
      const size = Buffer.alloc(4);
      size.writeInt32BE(NO_TOPICS_V1.length);
      socket.write(Buffer.concat([size, NO_TOPICS_V1]));
    });
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      // Size, correlation ID, then the count of brokers.
      if (received.length >= 12) finish(received.readInt32BE(8) > 0);
    });
  });
}
