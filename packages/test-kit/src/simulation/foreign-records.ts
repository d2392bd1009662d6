import { encodeEnvelope } from '@refold/contracts';
import type { EnvelopeFields } from '@refold/contracts';
import { localId, type Place } from './place.js';
import { historyOf, rulesRecord } from './rules-records.js';
import type { World } from './world.js';

const FOREIGN_VALUES: readonly (string | null)[] = [null, 'not json', '[]', '{}', '{"a":1}', '7'];

/** Somebody writes what is not ours, or what belongs elsewhere. */
export function foreignRecord({ random, append }: World, place: Place): void {
  const { projection, partition } = place;
  const [kind] = projection.kinds;
  const otherKind = kind === 'run' ? 'worker' : 'run';
  const id = localId(place);
  const other = localId({ projection, partition: (partition + 1) % projection.partitions });
  const ours = (fields: Partial<EnvelopeFields>): string =>
    encodeEnvelope({
      id: 'foreign',
      source: 'foreign',
      type: `${kind}.started`,
      subject: `${kind}/${id}`,
      data: null,
      ...fields,
    });
  const record = random.pick([
    { key: null, value: random.pick(FOREIGN_VALUES) },
    { key: other, value: ours({ subject: `${kind}/${other}` }) },
    { key: 'elsewhere', value: ours({}) },
    { key: null, value: ours({}) },
    { key: id, value: ours({ subject: `nothing/${id}` }) },
    { key: id, value: ours({ subject: `${otherKind}/${id}` }) },
    { key: id, value: ours({}), unfit: 'a record of a transaction' },
    { key: random.pick([id, other]), value: rulesRecord(place, id, { decider: 1, history: [] }) },
    { key: id, value: rulesRecord(place, id, { decider: 'no', history: [] }) },
    { key: id, value: ours({}) },
  ]);
  append(projection.topic, partition, record);
}

/** Something of a newer build: it has to wait for one, and everything behind it too. */
export function newerRecord(world: World, place: Place): void {
  const { random, append } = world;
  const { projection, partition } = place;
  const [kind] = projection.kinds;
  const id = localId(place);
  const newer = (fields: Partial<EnvelopeFields>): string =>
    encodeEnvelope({
      id: 'newer',
      source: 'newer',
      type: `${kind}.started`,
      subject: `${kind}/${id}`,
      data: null,
      ...fields,
    });
  const value = random.pick([
    newer({ schemaversion: 2 }),
    newer({}).replace('"refoldversion":1', '"refoldversion":2'),
    rulesRecord(place, id, { decider: 3, history: historyOf(world, place) }),
  ]);
  append(projection.topic, partition, { key: id, value });
}
