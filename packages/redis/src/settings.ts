import type { Redis } from 'ioredis';

const OLDEST_MAJOR = 7;

/**
 * What in a server's settings would lose data or keep commits from working, in words that say what
 * to do. Rejects when the server does not answer.
 */
export async function settingFaults(client: Redis, expectCluster: boolean): Promise<string[]> {
  const where = `${client.options.host}:${client.options.port}`;
  let info: Map<string, string>;
  try {
    info = parseInfo(await client.info());
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOPERM'))) throw error;
    return [`${where}: INFO is forbidden; grant +info, so that eviction and role can be checked`];
  }
  const told = (field: string) => info.get(field) ?? 'not told';
  const faults: string[] = [];
  if (told('maxmemory_policy') !== 'noeviction') {
    faults.push(
      `${where}: maxmemory-policy is ${told('maxmemory_policy')}; set noeviction, or documents and checkpoints vanish one by one`,
    );
  }
  if (told('role') !== 'master') {
    faults.push(`${where}: the role is ${told('role')}; connect to the master`);
  }
  if (!(Number.parseInt(told('redis_version'), 10) >= OLDEST_MAJOR)) {
    faults.push(`${where}: the version is ${told('redis_version')}; Redis 7.0 or later is needed`);
  }
  const isCluster = told('cluster_enabled') === '1';
  if (isCluster !== expectCluster) {
    faults.push(
      isCluster
        ? `${where}: the server is part of a cluster; configure the cluster's nodes instead of a URL`
        : `${where}: the server is not part of a cluster; configure its URL instead of nodes`,
    );
  }
  return faults;
}

/** The fields of an answer to INFO. */
export function parseInfo(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}
