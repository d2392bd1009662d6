import { Transform, type Readable } from 'node:stream';
import { getHeapStatistics } from 'node:v8';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics.js';
import { createAdmission, type Refusal, type Ticket } from './admission.js';
import { HttpFault } from './http-fault.js';
import { roomForBodies, type HttpLimits } from './http-limits.js';
import { createPressure } from './pressure.js';
import { declaredBytes } from './request-checks.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null for probes under pressure, and outside of a server of ours. */
    ticket: Ticket | null;
  }
}

/** Bodies up to this many bytes are counted as they are declared, larger ones as they come. */
const COUNTED_AT_ONCE = 16_384;

const REASONS: Readonly<Record<Refusal, string>> = {
  requests: 'too many requests wait for their answer',
  bytes: 'the bodies of the requests that wait for their answer are too large together',
  event_loop: 'the process is late with everything',
  heap: 'the process is short of memory',
};

/** Passes a body on and counts it; fails when it does not fit beside the bodies of others. */
function counting(body: Readable, fits: (bytes: number) => boolean, refuse: () => Error): Readable {
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (fits(chunk.length)) done(null, chunk);
      else done(refuse());
    },
  });
  body.once('error', (error) => counted.destroy(error));
  return body.pipe(counted);
}

/**
 * Refuses with 503 what would make memory grow: too many requests in flight, too large bodies
 * together, an event loop or a heap at its end. Routes with `config.neverShed` are let in all the same.
 */
export function addAdmission(app: FastifyInstance, limits: HttpLimits, metrics: Metrics): void {
  const pressure = createPressure(limits.loopDelayMsMax);
  const admission = createAdmission(
    {
      requests: limits.requestsMax,
      bytes: roomForBodies(limits, getHeapStatistics().heap_size_limit),
    },
    () => pressure.now(),
  );
  metrics.beforePage(() => {
    metrics.httpInFlight.set(admission.requests);
    metrics.httpBodyBytes.set(admission.bytes);
  });

  const shed = (refusal: Refusal): HttpFault => {
    metrics.httpShed.inc({ kind: refusal });
    return new HttpFault('overloaded', `${REASONS[refusal]}; nothing was done`);
  };
  const sparesProbes = ({ routeOptions }: FastifyRequest): boolean =>
    routeOptions.config.neverShed === true;

  app.decorateRequest('ticket', null);
  app.addHook('onRequest', (request, _reply, done) => {
    const bytes = declaredBytes(request.raw) ?? 0;
    const entered = admission.enter(request.raw, bytes > COUNTED_AT_ONCE ? 0 : bytes);
    if (typeof entered !== 'string') {
      request.ticket = entered;
      done();
    } else if (sparesProbes(request)) done();
    else done(shed(entered));
  });
  app.addHook('preParsing', (request, _reply, payload: Readable, done) => {
    const { ticket } = request;
    const bytes = declaredBytes(request.raw);
    if (ticket === null || (bytes !== null && bytes <= COUNTED_AT_ONCE)) {
      done(null, payload);
      return;
    }
    const fits = (more: number): boolean => admission.grow(ticket, more);
    done(
      null,
      counting(payload, fits, () => shed('bytes')),
    );
  });
  app.addHook('onSend', (request, _reply, payload, done) => {
    if (request.ticket !== null) admission.answered(request.ticket);
    done(null, payload);
  });
  app.addHook('onResponse', (request, _reply, done) => {
    if (request.ticket !== null) admission.finished(request.ticket);
    done();
  });
  app.addHook('onReady', (done) => {
    pressure.start();
    done();
  });
  app.addHook('onClose', (_app, done) => {
    pressure.stop();
    done();
  });
}
