import type { Random } from '@refold/test-kit';

const PAGE = 4096;
const SECTOR = 512;

type Damage = (bytes: Buffer, random: Random) => Buffer;

/** A place of the file; one in four in its meta pages. */
const placeIn = (bytes: Buffer, random: Random): number =>
  random.int(0, (random.chance(0.25) ? Math.min(bytes.length, 2 * PAGE) : bytes.length) - 1);

const flipped: Damage = (bytes, random) => {
  for (let left = random.int(1, 3); left > 0; left--) {
    const at = placeIn(bytes, random);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.int(0, 7)), at);
  }
  return bytes;
};

const overwritten: Damage = (bytes, random) => {
  const at = placeIn(bytes, random);
  for (let i = at; i < Math.min(bytes.length, at + random.int(1, 64)); i++) {
    bytes.writeUInt8(random.int(0, 255), i);
  }
  return bytes;
};

const blanked: Damage = (bytes, random) => {
  const unit = random.pick([SECTOR, PAGE]);
  const at = placeIn(bytes, random);
  return bytes.fill(random.pick([0, 0xff]), at - (at % unit), at - (at % unit) + unit);
};

/** A page where another belongs: a write that went astray, or one that never came. */
const misplaced: Damage = (bytes, random) => {
  const pages = Math.floor(bytes.length / PAGE);
  const [from, to] = [random.int(0, pages - 1), random.int(0, pages - 1)];
  bytes.copy(bytes, to * PAGE, from * PAGE, (from + 1) * PAGE);
  return bytes;
};

/** A small number of some page changed to another that is as likely: page numbers, counts, sizes. */
const renumbered: Damage = (bytes, random) => {
  const at = placeIn(bytes, random) & ~1;
  if (at + 2 > bytes.length) return bytes;
  bytes.writeUInt16LE(random.int(0, Math.floor(bytes.length / PAGE) + 2), at);
  return bytes;
};

const cutShort: Damage = (bytes, random) => bytes.subarray(0, random.int(1, bytes.length - 1));

const lengthened: Damage = (bytes, random) =>
  Buffer.concat([bytes, Buffer.alloc(random.int(1, 3 * PAGE), random.int(0, 255))]);

const DAMAGES = { flipped, overwritten, blanked, misplaced, renumbered, cutShort, lengthened };

/** One kind of damage to a copy of the bytes, and its name. */
export function damaged(whole: Buffer, random: Random): { name: string; bytes: Buffer } {
  const name = random.pick(Object.keys(DAMAGES) as (keyof typeof DAMAGES)[]);
  return { name, bytes: DAMAGES[name](Buffer.from(whole), random) };
}
