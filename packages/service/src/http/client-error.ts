import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { faultOf, HttpFault, type ToProblem } from './http-fault.js';

/** Node keeps the response that it writes now in this member of its socket. */
type Answering = Socket & { _httpMessage?: ServerResponse | null };

/** Whether a whole request came before these bytes and its answer is still to come. */
const owesAnswer = (socket: Answering): boolean => socket._httpMessage?.req.complete === true;

/** Whether an answer has begun: ours would be read as a part of it. */
const hasBegun = (socket: Answering): boolean => socket._httpMessage?.headersSent === true;

/** Writes a problem to a socket that has no request, and closes the connection. */
function answerOnSocket(fault: HttpFault, socket: Socket, toProblem: ToProblem): void {
  const problem = toProblem(fault, '');
  const body = JSON.stringify(problem.body);
  const headers = Object.entries(problem.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      ...headers,
      '',
      body,
    ].join('\r\n'),
  );
}

/**
 * Answers bytes that are no HTTP request, or ask for a tunnel: there is no request object, only the socket. While an
 * answer is owed the connection is just closed: the client would take ours for that one.
 */
export function refuseOnSocket(error: Error, socket: Socket, toProblem: ToProblem): void {
  if ('code' in error && error.code === 'ECONNRESET') return;
  if (!socket.writable || owesAnswer(socket) || hasBegun(socket)) {
    socket.destroy();
    return;
  }
  const known = faultOf(error);
  const fault =
    known instanceof HttpFault
      ? known
      : new HttpFault('invalid_request', 'the bytes received are no HTTP/1.1 request', {
          cause: error,
        });
  answerOnSocket(fault, socket, toProblem);
}
