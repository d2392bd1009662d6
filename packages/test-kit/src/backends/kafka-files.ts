import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The broker that the jars of `packages/test-kit/kafka/pom.xml` make up. */
export const KAFKA_VERSION = '4.1.1';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const cache = join(root, '.cache');
const libs = join(cache, 'kafka-libs');
const template = join(cache, `kafka-log-${KAFKA_VERSION}`);

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Moves a finished folder to its name; when another process was first, its folder is as good. */
async function install(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    await rm(from, { recursive: true, force: true });
    if (!(await exists(to))) throw error;
  }
}

/** The class path of broker and stock tools; fetched by Maven on first use, up to ten minutes. */
export async function kafkaClassPath(): Promise<string> {
  if (!(await exists(join(libs, `kafka_2.13-${KAFKA_VERSION}.jar`)))) {
    await mkdir(cache, { recursive: true });
    const unfinished = await mkdtemp(join(cache, 'kafka-libs-'));
    const pom = join(root, 'packages/test-kit/kafka/pom.xml');
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`];
    await run('mvn', ['-q', '-B', '-f', pom, ...goal], { timeout: 600_000 });
    await install(unfinished, libs);
  }
  return join(libs, '*');
}

/**
 * A formatted, empty log folder is copied into `folder`, for node `id`. Formatting takes a JVM and a
 * second and does not depend on ports, so it is done once.
 */
export async function copyFormattedLog(
  folder: string,
  properties: string,
  id: number,
): Promise<void> {
  if (!(await exists(template))) {
    const unfinished = await mkdtemp(join(cache, 'kafka-log-'));
    const settings = `${unfinished}.properties`;
    await writeFile(settings, `${properties}\nlog.dirs=${unfinished}\n`);
    const tool = ['-cp', await kafkaClassPath(), '-Xshare:auto', 'kafka.tools.StorageTool'];
    const id = 'cmVmb2xkLXRlc3Qta2Fma2E';
    try {
      await run('java', [...tool, 'format', '-t', id, '-c', settings], { timeout: 60_000 });
    } finally {
      await rm(settings, { force: true });
    }
    await install(unfinished, template);
  }
  await cp(template, folder, { recursive: true });
  const directory = randomBytes(16).toString('base64url');
  const meta = join(folder, 'meta.properties');
  const formatted = await readFile(meta, 'utf8');
  const own = formatted
    .replace(/^node\.id=.*$/m, `node.id=${id}`)
    .replace(/^directory\.id=.*$/m, `directory.id=${directory}`);
  await writeFile(meta, own);
}

/** Whether a JVM and either the jars or Maven are here. */
export async function kafkaIsRunnable(): Promise<boolean> {
  const answers = (command: string): Promise<boolean> =>
    run(command, ['-version'], { timeout: 20_000 }).then(
      () => true,
      () => false,
    );
  if (!(await answers('java'))) return false;
  return (await exists(libs)) || (await answers('mvn'));
}
