/** What a key of one incarnation of a stream says: `t:run/a:3:0`. */
interface NameParts {
  kind: 't' | 'r' | 'x';
  subject: string;
  incarnation: number;
  rest: string;
}

const NAME = /^([trx]):(.+):(\d+):([^:]+)$/;

/** Null for a name of anything else. */
export function partsOfName(name: string): NameParts | null {
  const [, kind, subject, incarnation, rest] = NAME.exec(name) ?? [];
  if (subject === undefined || rest === undefined) return null;
  return { kind: kind as NameParts['kind'], subject, incarnation: Number(incarnation), rest };
}
