import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { topicLayout, topicNames } from '@refold/contracts';
import { openKafkaLog } from '@refold/kafka';
import { freePorts, type Authority, type SecuredKafka, type SecuredRedis } from '@refold/test-kit';
import { ServiceProcess, type ServiceSpec } from './service-process.js';

const run = promisify(execFile);
const PAGE = fileURLToPath(new URL('../../../docs/security.md', import.meta.url));
const LIBS = fileURLToPath(new URL('../../../.cache/kafka-libs/', import.meta.url));

/** The blocks of one language of the page about security, as they stand there. */
export async function blocksOf(language: string): Promise<string[]> {
  const page = await readFile(PAGE, 'utf8');
  const found = page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'));
  return [...found].map(([, block = '']) => block);
}

/** Runs shell lines in which `kafka-acls.sh` is the tool of the broker's own jars. */
export async function runAclLines(lines: string, brokers: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'refold-acls-'));
  const tool = join(folder, 'kafka-acls.sh');
  const jvm = '-Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1';
  await writeFile(
    tool,
    `#!/bin/sh\nexec java ${jvm} -cp '${LIBS}*' org.apache.kafka.tools.AclCommand "$@"\n`,
  );
  await chmod(tool, 0o755);
  await writeFile(join(folder, 'admin.properties'), '');
  const given = `PATH='${folder}':"$PATH"
BROKERS=${brokers}
`;
  try {
    await run('sh', ['-e', '-c', given + lines], { cwd: folder, timeout: 120_000 });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The roles that have users of their own. */
export const ROLES = ['ingest', 'projector', 'read', 'operations', 'producer', 'operator'] as const;
export type Role = (typeof ROLES)[number];

export const passwordOf = (role: Role): string => `${role.toUpperCase()}-PASSWORD`;

/** The topics of the prefix `refold`, made by the administrator. */
export async function createTopics(kafka: SecuredKafka): Promise<void> {
  const silent = (): void => undefined;
  const brokers = [kafka.broker.address];
  const log = openKafkaLog({ brokers, clientId: 'admin', logger: silent, fatal: silent });
  await log.ensureTopics(topicLayout(topicNames('refold'), 4));
  await log.close();
}

/** What a process of one role is told: users by the names that the page gives them. */
export const settingsOf = (
  role: Role,
  authority: Authority,
  kafka: SecuredKafka,
  redis?: SecuredRedis,
): Record<string, string> => ({
  REFOLD_PARTITIONS: '4',
  REFOLD_KAFKA_BROKERS: kafka.login,
  REFOLD_KAFKA_TLS: 'true',
  REFOLD_KAFKA_CA_FILE: authority.certificate,
  REFOLD_KAFKA_SASL_MECHANISM: 'scram-sha-512',
  REFOLD_KAFKA_SASL_USERNAME: `refold-${role}`,
  REFOLD_KAFKA_SASL_PASSWORD: passwordOf(role),
  ...(redis === undefined
    ? {}
    : {
        REFOLD_REDIS_URL: redis.url,
        REFOLD_REDIS_CA_FILE: authority.certificate,
        REFOLD_REDIS_USERNAME: `refold-${role}`,
        REFOLD_REDIS_PASSWORD: passwordOf(role),
      }),
});

/** Launches a service on a free port and does not wait for it. */
export async function launchService(
  service: ServiceSpec['service'],
  settings: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  const [port = 0] = await freePorts(1);
  return ServiceProcess.launch({ service, port, settings });
}
