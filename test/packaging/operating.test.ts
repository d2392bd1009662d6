/** An operator walks through the runbook: its commands are run, and what they print is compared with the page. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeWithBroker, freePorts, kafkaClassPath, RedisServer } from '@refold/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stepsOf } from './support/page-blocks.js';
import { PageWalk } from './support/page-walk.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = 'docs/operating.md';
const steps = stepsOf(PAGE, readFileSync(join(ROOT, PAGE), 'utf8'));
const TOOL = 'kafka-consumer-groups.sh';

describeWithBroker(PAGE, {}, (broker) => {
  let scratch = '';
  let redis: RedisServer;
  let walk: PageWalk;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'refold-operating-'));
    redis = await RedisServer.start({
      settings: { 'enable-debug-command': 'local', 'repl-diskless-sync-delay': '0' },
    });
    const tool = join(scratch, TOOL);
    const main = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand';
    const java = `exec java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '${await kafkaClassPath()}'`;
    writeFileSync(tool, `#!/bin/sh\n${java} ${main} "$@"\n`);
    chmodSync(tool, 0o755);
    const [port = 0] = await freePorts(1);
    const address = `127.0.0.1:${port}`;
    walk = new PageWalk({
      folder: ROOT,
      address,
      environment: { RUNTIME_BIND_ADDR: address, REFOLD_URL: `http://${address}` },
      adapt: (command) =>
        command
          .replaceAll('/tmp/', `${scratch}/`)
          .replaceAll('127.0.0.1:9092', broker().address)
          .replaceAll('redis://127.0.0.1:6379', redis.url)
          .replaceAll('redis-cli', `redis-cli -e -p ${redis.port}`)
          .replaceAll(TOOL, tool)
          // What npx finds, without asking npm each time.
          .replaceAll('npx refold', `node ${join(ROOT, 'services/operator/bin/refold.js')}`),
    });
  }, 120_000);

  afterAll(async () => {
    await walk.stop();
    await redis.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  it.each(steps)('line $line prints what the page says', { timeout: 120_000 }, async (step) => {
    // The page says to stop every process that folds before its group is reset.
    if (step.command.includes('--reset-offsets')) await walk.stop();
    expect(await walk.take(step)).toBeNull();
  });
});
