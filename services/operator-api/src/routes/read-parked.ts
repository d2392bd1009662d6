import { ProblemError, parkedParameters, readQuery, type ParkedReply } from '@refold/contracts';
import { decodeRecord, OffsetOutOfRange, type Projection } from '@refold/pipeline';
import { caughtUp, setReadHeaders } from '@refold/read-api';
import type { HttpServer } from '@refold/service';
import { API_ROOT, checkedMembers, freshnessOf, positionText, timeText } from '@refold/serving';
import { z } from 'zod';
import { checkUnbound } from '../found-operation.js';
import type { Operating } from '../operating.js';
import { presentParked } from '../present-parked.js';

const parameters = z.strictObject(parkedParameters);

/** The claim at an offset; null where the log no longer has it. */
async function eventAt(
  { log }: Operating,
  projection: Projection,
  partition: number,
  offset: number,
): Promise<ParkedReply['event']> {
  const read = async () => {
    try {
      return await log.read(projection.topic, partition, offset, 1);
    } catch (error) {
      if (error instanceof OffsetOutOfRange) return null;
      throw error;
    }
  };
  const record = (await read())?.records[0];
  if (record?.offset !== offset) return null;
  const where = { projection, partition, streams: new Map(), texts: new Map() };
  const decoded = decodeRecord(record, where);
  if (decoded.kind !== 'claim') return null;
  const { type, schemaVersion, source, id, principal, data } = decoded.claim;
  return {
    event_type: type,
    schema_version: schemaVersion,
    source,
    event_id: id,
    principal,
    recorded_at: timeText(record.timestamp),
    payload: data,
  };
}

/** `GET /internal/v1/parked/:projection/:stream_id`: the claim that threw, the error, and the stream before it. */
export function readParkedRoute(app: HttpServer, operating: Operating): void {
  app.get(`${API_ROOT}/parked/:projection/:stream_id`, async (call, reply) => {
    checkUnbound(call.caller);
    const { projection: name, stream_id: streamId } = checkedMembers(parameters, call.params);
    const asked = checkedMembers(readQuery, call.query);
    const projection = operating.projections[name];
    const [kind] = projection.kinds;
    if (kind === undefined) throw new Error(`${name} has no streams`);
    const served = operating.reads.served[kind];
    const partition = served.reader.partitionOf(streamId);
    await caughtUp(served, asked, partition);
    const read = await served.reader.document(kind, streamId);
    const { document } = read;
    if (document?.parked == null) {
      throw new ProblemError('not_found', {
        detail: `${kind}/${streamId} does not stand parked.`,
      });
    }
    const { parked, state, views } = document;
    const position = positionText(read.position);
    setReadHeaders(reply, position);
    const body: ParkedReply = {
      ...presentParked(projection, { ...parked, kind, streamId, partition }),
      event: await eventAt(operating, projection, partition, parked.offset),
      state_before:
        state === null
          ? null
          : { status: state.status, last_seq: state.seq, chain: state.chain, views },
      position,
      freshness: freshnessOf({ ...read, document }),
    };
    return reply.send(body);
  });
}
