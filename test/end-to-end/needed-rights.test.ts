import { Authority, describeWithSecuredKafka, RedisServer } from '@refold/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalsAtLog } from './support/kafka-needs.js';
import { kafkaRightsOf, KafkaRights } from './support/kafka-rights.js';
import { refusalsAtStore, type StoreRole } from './support/redis-needs.js';
import {
  blocksOf,
  createTopics,
  passwordOf,
  ROLES,
  type Role,
} from './support/secured-installation.js';
import { until } from './support/until.js';

const LINES = (await blocksOf('redis-acl')).join('').trim().split('\n');

/** A documented user: its name, what lets it in, and its rights one by one. */
const usersOf = (lines: readonly string[]) =>
  lines.map((line) => {
    const [user = '', on = '', password = '', ...rules] = line.split(' ').slice(2);
    const rights = rules.filter((rule) => /^[%~&+]/.test(rule));
    return { role: user.replace('refold-', '') as StoreRole, on, password, rights };
  });

/** The script, which a server knows once somebody sent it: only a server that lost it needs it again. */
const WHOLE_SCRIPT = /^\+eval(_ro)?$/;

describe('Every right at Redis that is documented', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start({ appendFsync: 'everysec' });
  });
  afterAll(() => server.stop());

  const users = usersOf(LINES);

  async function refusals(
    user: (typeof users)[number],
    rights: readonly string[],
  ): Promise<string[]> {
    const { role, on, password } = user;
    const name = `refold-${role}`;
    const rules = [on, password, 'resetkeys', 'resetchannels', '-@all', ...rights];
    await server.command('acl', 'setuser', name, 'reset', ...rules);
    const login = { username: name, password: password.slice(1) };
    return refusalsAtStore(role, server.url, login);
  }

  // The file is written anew once after a start, and a server is asked only until then.
  it.each(users)(
    '$role: +bgrewriteaof is needed by a server with an append-only file',
    async (user) => {
      const told = await refusals(
        user,
        user.rights.filter((right) => right !== '+bgrewriteaof'),
      );
      expect(told.join()).toContain('may not be written anew');
    },
  );

  describe.each(users)('$role', (user) => {
    it('has all it needs', async () => {
      expect(await refusals(user, user.rights)).toEqual([]);
    });

    it.each(user.rights.filter((right) => right !== '+bgrewriteaof'))('needs %s', async (right) => {
      if (WHOLE_SCRIPT.test(right)) await server.command('script', 'flush');
      const told = await refusals(
        user,
        user.rights.filter((one) => one !== right),
      );
      expect(told).not.toEqual([]);
    });
  });
});

const REFUSED = /not allowed|not authorized|AUTHORIZATION_FAILED/i;

/** A producer of somebody else's needs what the ingest API needs, but for the look at the settings. */
const RIGHTS = kafkaRightsOf((await blocksOf('sh kafka-acls')).join('')).filter(
  ({ user }) => user !== 'refold-producer',
);

let authority: Authority;

const options = async () => {
  authority = await Authority.create('Refold test authority');
  const plainUsers = Object.fromEntries(ROLES.map((role) => [`refold-${role}`, passwordOf(role)]));
  return { authority, plainUsers };
};

describeWithSecuredKafka('Every right at Kafka that is documented', options, (kafka) => {
  let rights: KafkaRights;

  beforeAll(async () => {
    rights = await KafkaRights.open([kafka().broker.address]);
    await rights.give(...RIGHTS);
    await createTopics(kafka());
  });
  afterAll(async () => {
    await rights.close();
    await authority.remove();
  });

  it.each(RIGHTS)('$user needs $operation on $kind $name', async (right) => {
    const password = passwordOf(right.user.replace('refold-', '') as Role);
    const login = { broker: kafka().login, authority, password };
    let told: string[] = [];
    const isRefused = async (): Promise<boolean> => {
      if (right.operation === 'Create') await rights.deleteTopic(right.name);
      told = await refusalsAtLog(right, login);
      // A broker that has no group yet has no coordinator for a moment either: that passes.
      return REFUSED.test(told.join());
    };
    await rights.take(right);
    try {
      await until(() => `it is missed; told: ${told.join()}`, isRefused);
    } finally {
      await rights.give(right);
    }
    await until(
      () => `it is enough; refused: ${told.join()}`,
      async () => !(await isRefused()),
    );
  });
});
