import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** Why a request is not let in. */
export type Refusal = 'requests' | 'bytes' | 'event_loop' | 'heap';

/** What may be in flight at once. */
export interface AdmissionBounds {
  requests: number;
  /** Bodies, together. */
  bytes: number;
}

/** A request that was let in, until its answer is out or nobody is left to read it. */
export interface Ticket {
  bytes: number;
  /** Its handler has come to an end; what is left is sending. */
  answered: boolean;
  /** Its connection is closed: `finish` of its answer will not come. */
  gone: boolean;
  readonly held: Set<Ticket>;
}

/**
 * Counts the requests whose answer is not out, and the bytes of their bodies, so that memory is bounded
 * whatever clients do: one that leaves is counted until its handler ends, one that does not read its
 * answer until its connection is closed.
 */
export interface Admission {
  readonly requests: number;
  readonly bytes: number;
  /** @param bytes Of the body, as far as they are counted at once. */
  enter(request: IncomingMessage, bytes: number): Ticket | Refusal;
  /** More of the body came; false: it does not fit beside the others. */
  grow(ticket: Ticket, bytes: number): boolean;
  /** The handler has come to an end. */
  answered(ticket: Ticket): void;
  /** The answer is out. */
  finished(ticket: Ticket): void;
}

/** An {@link Admission}; `pressure`: why the process as a whole takes nothing more, else null. */
export function createAdmission(
  bounds: AdmissionBounds,
  pressure: () => Refusal | null,
): Admission {
  const heldBy = new WeakMap<Socket, Set<Ticket>>();
  let requests = 0;
  let bytes = 0;

  function release(ticket: Ticket): void {
    if (!ticket.held.delete(ticket)) return;
    requests -= 1;
    bytes -= ticket.bytes;
  }

  /** The requests of one connection; they may be several, one sent behind the other. */
  function heldOn(socket: Socket): Set<Ticket> {
    const known = heldBy.get(socket);
    if (known !== undefined) return known;
    const held = new Set<Ticket>();
    heldBy.set(socket, held);
    socket.once('close', () => {
      for (const ticket of held) {
        ticket.gone = true;
        if (ticket.answered) release(ticket);
      }
    });
    return held;
  }

  return {
    get requests() {
      return requests;
    },
    get bytes() {
      return bytes;
    },
    enter({ socket }, length) {
      const pressed = pressure();
      if (pressed !== null) return pressed;
      if (requests >= bounds.requests) return 'requests';
      if (bytes + length > bounds.bytes) return 'bytes';
      const held = heldOn(socket);
      const ticket: Ticket = { bytes: length, answered: false, gone: socket.destroyed, held };
      held.add(ticket);
      requests += 1;
      bytes += length;
      return ticket;
    },
    grow(ticket, more) {
      if (!ticket.held.has(ticket)) return true;
      if (bytes + more > bounds.bytes) return false;
      ticket.bytes += more;
      bytes += more;
      return true;
    },
    answered(ticket) {
      ticket.answered = true;
      if (ticket.gone) release(ticket);
    },
    finished: release,
  };
}
