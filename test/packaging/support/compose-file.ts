import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The image that is built from this repository. */
export const OWN_IMAGE = 'refold:local';

/** The part of a service of the compose file that the tests read. */
export interface ComposeService {
  image: string;
  command?: string[];
  environment?: Record<string, string | number>;
  ports?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test?: string[]; disable?: boolean };
  restart?: string;
}

export interface ComposeFile {
  services: Record<string, ComposeService>;
}

/** The text of the file as it stands in the repository. */
export const composeText = (): string => readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');

export const parseCompose = (text: string): ComposeFile =>
  parse(text, { merge: true }) as ComposeFile;

/** A variable that compose puts in: `${NAME:-default}`, or `${NAME:?why}` where it refuses to start. */
const VARIABLE = /\$\{(\w+)(?::([-?])([^}]*))?\}/g;

/** @throws Error as compose refuses to start: a variable without a value that has to have one. */
export function interpolate(
  text: string,
  variables: Readonly<Record<string, string | undefined>>,
): string {
  return text.replaceAll(VARIABLE, (_, name: string, kind: string | undefined, rest: string) => {
    const value = variables[name] ?? '';
    if (value !== '') return value;
    if (kind === '?') throw new Error(`required variable ${name} is missing a value: ${rest}`);
    return kind === '-' ? rest : '';
  });
}

/** The environment of a service, as its process gets it. */
export const environmentOf = ({ environment = {} }: ComposeService): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
