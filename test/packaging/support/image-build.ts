import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './compose-file.js';
import { imageStepsOf, stagesOf, type ImageStep } from './image-steps.js';

/** What a container engine alone can do: users, and folders outside of the application's. */
const ENGINE_ONLY = new Set(['RUN mkdir /data && chown node:node /data']);

const IGNORED = /(?:^|\/)(?:node_modules|dist)(?:\/|$)|\.tsbuildinfo$|\.test\.ts$/;

/** The files that the build gets, as `.dockerignore` says: its exceptions, less what it leaves out. */
function contextFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const kept = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map(
      (line) =>
        new RegExp(`^${line.slice(1).replaceAll('.', '\\.').replaceAll('*', '[^/]*')}(?:/|$)`),
    );
  return listed
    .split('\n')
    .filter((path) => path !== '' && !IGNORED.test(path) && kept.some((rule) => rule.test(path)));
}

function copyContext(target: string): void {
  for (const path of contextFiles()) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    cpSync(join(ROOT, path), join(target, path));
  }
}

/** One instruction of a stage whose root folder is `root`; `built` is the root of the stage before. */
function carryOut({ word, rest }: ImageStep, root: string, built: string | null): void {
  if (word === 'RUN' && !ENGINE_ONLY.has(`${word} ${rest}`)) {
    execFileSync('bash', ['-c', rest], { cwd: join(root, 'app'), stdio: 'pipe' });
  }
  if (word !== 'COPY') return;
  if (rest === '. .') return copyContext(join(root, 'app'));
  const [from = '', ...paths] = rest.split(' ');
  const target = paths.pop() ?? '';
  if (from !== '--from=build' || built === null) throw new Error(`cannot carry out COPY ${rest}`);
  for (const path of paths) {
    const place = target.endsWith('/') ? join(target, path.split('/').at(-1) ?? '') : target;
    cpSync(join(built, path), join(root, 'app', place), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
}

/**
 * Does what the Dockerfile says without a container engine, each stage in a folder of its own with
 * the machine's Node. Returns the root of the last stage and its instructions.
 */
export function buildImage(folder: string): { root: string; steps: ImageStep[] } {
  const stages = stagesOf(imageStepsOf(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')));
  let built: string | null = null;
  for (const [index, steps] of stages.entries()) {
    const root = join(folder, `stage-${index}`);
    mkdirSync(join(root, 'app'), { recursive: true });
    for (const step of steps) carryOut(step, root, built);
    built = root;
  }
  const steps = stages.at(-1);
  if (built === null || steps === undefined) throw new Error('the Dockerfile has no stage');
  return { root: built, steps };
}
