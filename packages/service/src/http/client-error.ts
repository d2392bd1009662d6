import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { faultOf, HttpFault, type ToProblem } from './http-fault.js';

/** Answers bytes that are no HTTP request: there is no request object, only the socket. */
export function refuseOnSocket(error: Error, socket: Socket, toProblem: ToProblem): void {
  if ('code' in error && error.code === 'ECONNRESET') return;
  if (!socket.writable) {
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
  const problem = toProblem(fault, '');
  const body = JSON.stringify(problem.body);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
