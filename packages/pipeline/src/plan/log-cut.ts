import { decide } from '@refold/domain';
import type { Claim, Rulebook } from '@refold/domain';
import { decodeRecord } from '../fold/decode.js';
import type { Decoded, NamedStream } from '../fold/decode.js';
import { generationOf, liveGeneration } from '../generation/pointer.js';
import { readPointer } from '../generation/stored-pointer.js';
import type { Offset } from '../ports/event-log.js';
import type { Slot, ViewStore } from '../ports/view-store.js';
import { slotOf } from '../projection.js';
import type { Projection } from '../projection.js';
import { readDocument } from '../refold/stored-document.js';
import { bytesOf } from '../refold/scan-partition.js';
import { documentName } from '../slot/names.js';
import { outerHold } from './cut-limits.js';
import { CUT_STREAMS_MAX, CutScan } from './cut-scan.js';
import type { LogCut } from './cut-scan.js';
import type { PlanPorts } from './plan-partition.js';

/** What a cut is found out with. */
export type CutPorts = PlanPorts & { rulebook: Rulebook };

/** Documents that are read at once. */
const DOCUMENTS_MAX = 200;

/** A record of one read. */
interface Seen {
  offset: Offset;
  bytes: number;
  decoded: Decoded;
}

/** Whether the claim would begin a stream by any rules there are: where none is stored, its document is gone. */
const begins = ({ deciders }: Rulebook, claim: Claim): boolean =>
  deciders.some((kinds) => decide(kinds[claim.kind], null, claim, null).kind === 'accepted');

/** Looks the streams up that were not met before, and notes how far those reach that were. */
async function meetStreams(
  { store, rulebook }: { store: Pick<ViewStore, 'read'>; rulebook: Rulebook },
  slot: Slot,
  scan: CutScan,
  seen: readonly Seen[],
): Promise<void> {
  const claims = seen.flatMap(({ decoded }) => (decoded.kind === 'claim' ? [decoded.claim] : []));
  const met = new Map<string, Claim[]>();
  for (const claim of claims) {
    if (scan.extents.has(claim.subject)) continue;
    const others = met.get(claim.subject);
    if (others === undefined) met.set(claim.subject, [claim]);
    else others.push(claim);
  }
  const streams = [...met];
  for (let from = 0; from < streams.length; from += DOCUMENTS_MAX) {
    const page = streams.slice(from, from + DOCUMENTS_MAX);
    const { results } = await store.read(
      slot,
      page.map(([subject]) => ({ kind: 'get' as const, name: documentName(subject) })),
    );
    for (const [at, [subject, ofIt]] of page.entries()) {
      const text = results[at] ?? null;
      const beginning = ofIt.find((claim) => text !== null || begins(rulebook, claim));
      if (beginning !== undefined) scan.stream(subject, beginning.offset, readDocument(text));
    }
  }
  for (const { subject, offset } of claims) scan.claim(subject, offset);
}

/** How much of a partition's log nobody needs any more, read from its start as far as nothing holds it. */
export async function logCutOf(
  ports: CutPorts,
  projection: Projection,
  partition: number,
  nowMs: number,
): Promise<LogCut> {
  const { log, store } = ports;
  const { topic } = projection;
  const { start } = await log.range(topic, partition);
  const scan = new CutScan(await outerHold(log, store, projection, partition, nowMs), start);
  const pointer = await readPointer(store, projection);
  const slot = slotOf(generationOf(projection, liveGeneration(pointer, partition)), partition);
  const streams = new Map<string, NamedStream>();
  for (let at = start; at <= scan.hold.offset;) {
    const { records, next } = await log.read(topic, partition, at);
    const where = { projection, partition, streams, texts: new Map<string, string>() };
    const seen = records.map((record): Seen => ({
      ...{ offset: record.offset, bytes: bytesOf(record) },
      decoded: decodeRecord(record, where),
    }));
    await meetStreams(ports, slot, scan, seen);
    for (const one of seen) if (one.offset <= scan.hold.offset) scan.record(one);
    if (next <= at) break;
    at = next;
    if (streams.size > CUT_STREAMS_MAX) streams.clear();
  }
  return scan.cut(start);
}
