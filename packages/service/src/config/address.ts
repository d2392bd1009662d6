import { z } from 'zod';
import type { Parser } from './parsers.js';

/** Where to listen or to connect. `host` has no brackets around an IPv6 address. */
export interface Address {
  host: string;
  port: number;
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

/** Whether only this machine reaches a host, which is written without brackets. */
export const isLoopbackHost = (host: string): boolean => LOOPBACK.test(host);

const PORT_MAX = 65_535;

/** Splits `host:port` or `[ipv6]:port`; null when it is neither. */
export function parseAddress(given: string): Address | null {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(0|[1-9]\d{0,4})$/.exec(given);
  const host = found?.[1] ?? found?.[2];
  const port = Number(found?.[3]);
  return host === undefined || port > PORT_MAX ? null : { host, port };
}

/** `host:port` as {@link parseAddress} reads it. */
export const writeAddress = ({ host, port }: Address): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** A host and a port, `127.0.0.1:4100`, `[::1]:4100`; port 0 lets the system choose. */
export const address = (): Parser<Address> =>
  z
    .string()
    .transform((given, context): Address => {
      const value = parseAddress(given);
      if (value !== null) return value;
      context.addIssue({ code: 'custom', message: `expected ${ADDRESS_EXPECTS}` });
      return z.NEVER;
    })
    .meta({ expects: ADDRESS_EXPECTS });

const ADDRESS_EXPECTS = 'host:port, such as 127.0.0.1:4100 or [::1]:4100';

const parseUrl = (given: string): URL | null => (URL.canParse(given) ? new URL(given) : null);

/** A URL of one of the given schemes (`redis`, `http`); the value is the text as it was given. */
export const url = (schemes: readonly string[]): Parser<string> => {
  const expects = `a URL that begins with ${schemes.map((s) => `${s}://`).join(' or ')}`;
  return z
    .string()
    .refine((given) => {
      const parsed = parseUrl(given);
      return (
        parsed !== null && parsed.host !== '' && schemes.includes(parsed.protocol.slice(0, -1))
      );
    }, `expected ${expects}`)
    .meta({ expects });
};

/** A URL without its password, for people to read; any other text as it is. */
export function withoutPassword(given: string): string {
  return given.replace(/([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s@]*@/gi, '$1:***@');
}
