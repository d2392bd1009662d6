/** A fenced block of a page. */
export interface PageBlock {
  /** What stands behind the fence: `sh`, `text`, `json`. */
  language: string;
  text: string;
  /** Line of the fence, counted from 1. */
  line: number;
}

/** A command of a page and what the page says it prints; null where it does not say. */
export interface PageStep {
  page: string;
  line: number;
  command: string;
  prints: PageBlock | null;
}

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;

/** The fenced blocks of a page, in order. */
export const blocksOf = (page: string): PageBlock[] =>
  [...page.matchAll(FENCE)].map(({ index, 1: language = '', 2: text = '' }) => ({
    language,
    text,
    line: page.slice(0, index).split('\n').length,
  }));

/** Every `sh` block of a page is a step; a `text` or `json` block right behind it is what it prints. */
export function stepsOf(page: string, text: string): PageStep[] {
  const blocks = blocksOf(text);
  return blocks.flatMap((block, at) => {
    if (block.language !== 'sh') return [];
    const next = blocks[at + 1];
    const prints = next?.language === 'text' || next?.language === 'json' ? next : null;
    return [{ page, line: block.line, command: block.text.trim(), prints }];
  });
}
