/**
 * Module hooks that run this repository's TypeScript as it stands, with texts of it replaced: how a
 * bug is planted without a switch in the product. Registered by planted-run.mjs.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = `${ROOT}.cache/transpiled/`;
const OURS = '@refold/';

let edits = [];

/** @param {{ edits: { file: string, find: string, replace: string, isPattern?: true }[] }} data */
export function initialize(data) {
  edits = data.edits;
}

export function resolve(specifier, context, next) {
  if (specifier.startsWith(OURS)) {
    const path = `${ROOT}packages/${specifier.slice(OURS.length)}/src/index.ts`;
    return { url: pathToFileURL(path).href, shortCircuit: true };
  }
  if (specifier.startsWith('.') && context.parentURL?.endsWith('.ts')) {
    const url = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    return { url: url.href, shortCircuit: true };
  }
  return next(specifier, context);
}

const escaped = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The source with its edits, each of which must be found exactly once. */
function plant(path, source) {
  let planted = source;
  for (const { file, find, replace, isPattern } of edits) {
    if (`${ROOT}${file}` !== path) continue;
    const pattern = new RegExp(isPattern ? find : escaped(find), 'g');
    const times = planted.match(pattern)?.length ?? 0;
    if (times !== 1) throw new Error(`${file} holds this text ${times} times: ${find}`);
    planted = planted.replace(pattern, () => replace);
  }
  return planted;
}

async function transpile(source) {
  const name = createHash('sha256').update(source).digest('hex');
  const cached = `${CACHE}${name}.js`;
  if (existsSync(cached)) return readFileSync(cached, 'utf8');
  const { default: ts } = await import('typescript');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  });
  mkdirSync(CACHE, { recursive: true });
  const draft = `${cached}.${process.pid}`;
  writeFileSync(draft, outputText);
  renameSync(draft, cached);
  return outputText;
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const path = fileURLToPath(url);
  const source = await transpile(plant(path, readFileSync(path, 'utf8')));
  return { format: 'module', source, shortCircuit: true };
}
