import { connect } from 'node:net';

/** Sends one inline command and resolves with the first line of the answer, or null within `boundMs`. */
export function askRedis(
  host: string,
  port: number,
  command: string,
  boundMs = 1_000,
): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let received = '';
    const finish = (answer: string | null): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(boundMs, () => finish(null));
    socket.once('error', () => finish(null));
    socket.once('close', () => finish(null));
    socket.once('connect', () => socket.write(`${command}\r\n`));
    socket.setEncoding('utf8').on('data', (text: string) => {
      received += text;
      const end = received.indexOf('\r\n');
      if (end >= 0) finish(received.slice(0, end));
    });
  });
}

/**
 * A server that is still loading its data answers with an error, so it is not ready. One that
 * asks for a name first says so even then.
 */
export async function redisAnswers(host: string, port: number): Promise<boolean> {
  const answer = await askRedis(host, port, 'PING');
  return answer === '+PONG' || answer?.startsWith('-NOAUTH') === true;
}
