import { expectationOf } from './parsers.js';
import type { ConfigTable, Setting, Settings } from './setting.js';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const code = (text: string): string => `\`${cell(text)}\``;

function defaultCell(setting: Setting): string {
  if (setting.default !== undefined) return code(setting.default);
  return setting.required === true ? '**required**' : 'unset';
}

const row = (setting: Setting): string =>
  [
    '',
    code(setting.env),
    defaultCell(setting),
    cell(setting.unit ?? ''),
    cell(expectationOf(setting.parser)),
    cell(setting.description) + (setting.secret === true ? ' Secret: never printed.' : ''),
    '',
  ]
    .join(' | ')
    .trim();

/** The settings of a service as a Markdown table, one row each, in the order they are declared. */
export const describeConfig = <S extends Settings>(table: ConfigTable<S>): string =>
  [
    '| Variable | Default | Unit | Expected | Description |',
    '| --- | --- | --- | --- | --- |',
    ...Object.values(table.settings).map(row),
    '',
  ].join('\n');
