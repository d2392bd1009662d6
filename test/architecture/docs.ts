import { posix } from 'node:path';
import type { SourceText } from './repository.js';

/** What a page may point at: files and folders by path, scripts and suites by name, headings of pages. */
export interface Targets {
  exists(path: string): boolean;
  textOf(path: string): string;
  scripts: ReadonlySet<string>;
  suites: ReadonlySet<string>;
}

const LINK = /!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)/g;
const FENCE = /^(```|~~~)[\s\S]*?^\1/gm;

/** The anchors of a page, as code hosts derive them from its headings. */
const anchorsOf = (text: string): Set<string> =>
  new Set(
    [...text.replaceAll(FENCE, '').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[`*]|\[|\]\([^)]*\)/g, '')
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-'),
    ),
  );

function faultOfLink(page: SourceText, link: string, targets: Targets): string | null {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return null;
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? page.path : posix.join(posix.dirname(page.path), decodeURI(file));
  if (target.startsWith('..')) return `'${link}' leaves the repository`;
  if (!targets.exists(target)) return `'${link}' does not exist`;
  if (anchor === undefined || !target.endsWith('.md')) return null;
  return anchorsOf(targets.textOf(target)).has(anchor) ? null : `'${link}' has no such heading`;
}

/** Links of a page that lead nowhere, and commands that do not exist. */
export function judgePage(page: SourceText, targets: Targets): string[] {
  const faults: string[] = [];
  for (const [, link = ''] of page.text.replaceAll(FENCE, '').matchAll(LINK)) {
    const fault = faultOfLink(page, link, targets);
    if (fault !== null) faults.push(`${page.path}: ${fault}`);
  }
  for (const [, script = ''] of page.text.matchAll(/\bnpm run (?:-s |--silent )?([a-z][\w:-]*)/g)) {
    if (!targets.scripts.has(script)) faults.push(`${page.path}: no script is called '${script}'`);
  }
  for (const [, suite = ''] of page.text.matchAll(/\bnpm test -- ([a-z][a-z-]*)/g)) {
    if (!targets.suites.has(suite)) faults.push(`${page.path}: no suite is called '${suite}'`);
  }
  return faults;
}
