import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ingestConfig } from '@refold/ingest-api';
import { operatorConfig } from '@refold/operator';
import { operatorApiConfig } from '@refold/operator-api';
import { projectorConfig } from '@refold/projector';
import { readConfig as readApiConfig } from '@refold/read-api';
import { readConfig } from '@refold/service';
import { describe, expect, it } from 'vitest';
import {
  composeText,
  environmentOf,
  interpolate,
  OWN_IMAGE,
  parseCompose,
  ROOT,
  type ComposeFile,
} from './support/compose-file.js';

const SECRET = { REFOLD_AUTH_JWT_SECRET: 'a secret of more than thirty-two characters' };

type Variables = Readonly<Record<string, string>>;

/** How each service of ours reads its environment. */
const READERS = {
  'ingest-api': (variables: Variables) => readConfig(ingestConfig, variables),
  projector: (variables: Variables) => readConfig(projectorConfig, variables),
  'read-api': (variables: Variables) => readConfig(readApiConfig, variables),
  'operator-api': (variables: Variables) => readConfig(operatorApiConfig, variables),
  topics: (variables: Variables) => readConfig(operatorConfig, variables),
};

const isOurs = (name: string): name is keyof typeof READERS => name in READERS;

/** What the image sets for every service, as its file says. */
const imageEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    [...readFileSync(join(ROOT, 'Dockerfile'), 'utf8').matchAll(/^ENV (\w+)=(.+)$/gm)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  );

const compose = (text = composeText()): ComposeFile => parseCompose(interpolate(text, SECRET));

const OWN_PREFIXES = /^(?:REFOLD|RUNTIME)_/;

/** What a service of ours objects to in its environment. */
function objections(name: string, given: Variables): string[] {
  if (!isOurs(name)) return [`${name}: no such service of ours`];
  const reading = READERS[name]({ ...imageEnvironment(), ...given });
  if (!reading.ok) return reading.problems.map(({ env, expected }) => `${env} ${expected}`);
  return Object.keys(given).filter((env) => OWN_PREFIXES.test(env) && !(env in reading.shown));
}

const ours = Object.entries(compose().services).filter(([, { image }]) => image === OWN_IMAGE);

describe('the compose file', () => {
  it('has our services', () => {
    expect(ours.map(([name]) => name).sort()).toEqual(Object.keys(READERS).sort());
  });

  it.each(ours)('gives %s settings that it knows and accepts', (name, service) => {
    const environment = environmentOf(service);
    expect(objections(name, environment)).toEqual([]);
    expect(objections(name, { ...environment, REFOLD_UNHEARD_OF: '1' })).not.toEqual([]);
    expect(objections(name, { ...environment, REFOLD_PARTITIONS: '0' })).not.toEqual([]);
  });

  it('does not start without a secret, and brings none of its own', () => {
    expect(() => interpolate(composeText(), {})).toThrow(/REFOLD_AUTH_JWT_SECRET/);
    const example = readFileSync(join(ROOT, '.env.example'), 'utf8');
    expect(example).toMatch(/^REFOLD_AUTH_JWT_SECRET=$/m);
    expect(example).not.toMatch(/^\w*(?:SECRET|PASSWORD|TOKEN|KEY)\w*=.+$/m);
  });

  it('opens ports on this machine alone', () => {
    const ports = Object.values(compose().services).flatMap((service) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('waits for services that exist, and for health only where it is looked at', () => {
    const { services } = compose();
    const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
    for (const [name, { depends_on: waits = {} }] of Object.entries(services)) {
      for (const [target, { condition }] of Object.entries(waits)) {
        const other = services[target];
        expect(other, `${name} waits for ${target}`).toBeDefined();
        if (condition !== 'service_healthy') continue;
        const looked =
          other?.healthcheck?.test !== undefined ||
          (other?.image === OWN_IMAGE && dockerfile.includes('\nHEALTHCHECK '));
        expect(looked, `${target} is looked at`).toBe(true);
      }
    }
  });

  it.each(ours)('runs %s from a program that the build makes', (_, { command = [] }) => {
    const program = command.find((argument) => argument.endsWith('.js')) ?? '';
    expect(readFileSync(join(ROOT, program), 'utf8')).not.toBe('');
  });
});
