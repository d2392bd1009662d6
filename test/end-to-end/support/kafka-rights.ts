import kafkajs, { logLevel, type Admin } from 'kafkajs';
import { until } from './until.js';

// Node's named exports of this CommonJS package leave these out.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, ResourcePatternTypes } =
  kafkajs;

const OPERATIONS = {
  Create: AclOperationTypes.CREATE,
  Delete: AclOperationTypes.DELETE,
  Describe: AclOperationTypes.DESCRIBE,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
} as const;
const RESOURCES = { topic: AclResourceTypes.TOPIC, group: AclResourceTypes.GROUP } as const;

/** One operation on one topic or group that one user may do. */
export interface KafkaRight {
  user: string;
  operation: keyof typeof OPERATIONS;
  kind: keyof typeof RESOURCES;
  name: string;
}

const valuesOf = (line: string, option: string): string[] =>
  [...line.matchAll(new RegExp(`--${option} (\\S+)`, 'g'))].map(([, value = '']) => value);

/** What lines of `kafka-acls.sh --add` give, right by right. */
export const kafkaRightsOf = (lines: string): KafkaRight[] =>
  lines
    .replaceAll('\\\n', '')
    .split('\n')
    .filter((line) => line.startsWith('kafka-acls.sh'))
    .flatMap((line) => {
      const [user = ''] = valuesOf(line, 'allow-principal');
      const resources = (['topic', 'group'] as const).flatMap((kind) =>
        valuesOf(line, kind).map((name) => ({ kind, name })),
      );
      return valuesOf(line, 'operation').flatMap((operation) =>
        resources.map((resource) => ({
          user: user.replace(/^User:/, ''),
          operation: operation as KafkaRight['operation'],
          ...resource,
        })),
      );
    });

/** Gives and takes rights at a broker, as its administrator. */
export class KafkaRights {
  readonly #admin: Admin;

  private constructor(admin: Admin) {
    this.#admin = admin;
  }

  static async open(brokers: readonly string[]): Promise<KafkaRights> {
    const client = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
    const admin = client.admin();
    await admin.connect();
    return new KafkaRights(admin);
  }

  async give(...rights: readonly KafkaRight[]): Promise<void> {
    await this.#admin.createAcls({ acl: rights.map((right) => this.#aclOf(right)) });
  }

  async take(...rights: readonly KafkaRight[]): Promise<void> {
    const filters = rights.map((right) => this.#aclOf(right));
    const { filterResponses } = await this.#admin.deleteAcls({ filters });
    const taken = filterResponses.map(({ matchingAcls }) => matchingAcls.length);
    if (taken.some((count) => count !== 1))
      throw new Error(`took ${taken.join()} rights, not one each`);
  }

  /** Deletes the topic where it is, and waits until it is gone. */
  async deleteTopic(topic: string): Promise<void> {
    if (!(await this.#admin.listTopics()).includes(topic)) return;
    await this.#admin.deleteTopics({ topics: [topic] });
    await until(
      () => `${topic} is deleted`,
      async () => !(await this.#admin.listTopics()).includes(topic),
    );
  }

  close(): Promise<void> {
    return this.#admin.disconnect();
  }

  #aclOf({ user, operation, kind, name }: KafkaRight) {
    return {
      principal: `User:${user}`,
      host: '*',
      operation: OPERATIONS[operation],
      permissionType: AclPermissionTypes.ALLOW,
      resourceType: RESOURCES[kind],
      resourceName: name,
      resourcePatternType: ResourcePatternTypes.LITERAL,
    };
  }
}
