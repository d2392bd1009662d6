/** One row of a table of the page, by the names of its columns. */
export interface ParityRow {
  line: number;
  /** The headings above the table, joined: `The Rust service / Routes`. */
  section: string;
  cells: Readonly<Record<string, string>>;
}

/** What the page is held against. */
export interface ParityTargets {
  /** `GET /internal/v1/runs/{run_id}` */
  routes: ReadonlySet<string>;
  /** Names that a route's body or query takes; undefined: no such route. */
  requestMembers: (route: string) => ReadonlySet<string> | undefined;
  /** A reply of a route as a real server gave it; undefined: none was asked for. */
  reply: (route: string) => unknown;
  /** Flat error → statuses that it is answered with. */
  errors: ReadonlyMap<string, ReadonlySet<number>>;
  /** Setting → default. */
  settings: ReadonlyMap<string, string>;
  /** Whether a test of this name exists. */
  hasTest: (name: string) => boolean;
}

const FATES = new Set(['built', 'replaced', 'planned', 'left out']);

/** Every row of every table of the page. */
export function parityRows(text: string): ParityRow[] {
  const rows: ParityRow[] = [];
  const headings: string[] = [];
  let columns: string[] | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    const heading = /^(#+) (.*)$/.exec(line);
    if (heading !== null) {
      headings.length = Math.max(0, (heading[1]?.length ?? 1) - 2);
      headings.push(heading[2] ?? '');
    }
    if (!line.startsWith('|')) {
      columns = null;
      continue;
    }
    const cells = line
      .slice(1, line.lastIndexOf('|'))
      .split('|')
      .map((cell) => cell.trim());
    if (columns === null) columns = cells;
    else if (!/^[|\s-]+$/.test(line)) {
      const named = Object.fromEntries(columns.map((column, at) => [column, cells[at] ?? '']));
      rows.push({ line: index + 1, section: headings.join(' / '), cells: named });
    }
  }
  return rows;
}

/** What stands between backticks in a cell. */
const quoted = (cell = ''): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

const isRoute = (name: string): boolean => /^(GET|POST|WS) \//.test(name);

/** Whether a dotted path leads to a member; through an array by its first element. */
function hasMember(value: unknown, path: readonly string[]): boolean {
  const [name, ...rest] = path;
  if (name === undefined) return true;
  const inner: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, name)) return false;
  return hasMember((inner as Record<string, unknown>)[name], rest);
}

type Judge = (row: ParityRow, isBuilt: boolean, targets: ParityTargets) => string[];

const judgeRoutes: Judge = ({ cells }, isBuilt, { routes }) =>
  quoted(cells['original'])
    .filter((route) => isRoute(route) && routes.has(route) !== isBuilt)
    .map((route) => `${route} is ${isBuilt ? 'not ' : ''}served`);

const judgeRequests: Judge = ({ cells }, isBuilt, { requestMembers }) => {
  const [route = ''] = quoted(cells['route']);
  const members = requestMembers(route);
  if (members === undefined) return isBuilt ? [`${route} takes nothing`] : [];
  return quoted(cells['member'])
    .filter((member) => members.has(member) !== isBuilt)
    .map((member) => `${route} takes ${isBuilt ? 'no' : 'a'} ${member}`);
};

const judgeReplies: Judge = ({ cells }, isBuilt, { reply }) => {
  const [route = ''] = quoted(cells['route']);
  const body = reply(route);
  if (body === undefined) return isBuilt ? [`${route} was not asked`] : [];
  return quoted(cells['member'])
    .filter((member) => hasMember(body, member.split('.')) !== isBuilt)
    .map((member) => `${route} answers ${isBuilt ? 'no' : 'a'} ${member}`);
};

const judgeErrors: Judge = ({ cells }, isBuilt, { errors }) => {
  const status = Number(cells['status']);
  return quoted(cells['original'])
    .filter((error) => (errors.get(error)?.has(status) ?? false) !== isBuilt)
    .map((error) => `${error} ${status} is ${isBuilt ? 'not ' : ''}answered`);
};

const judgeSettings: Judge = ({ cells }, isBuilt, { settings }) =>
  quoted(cells['original'])
    .filter((name) =>
      isBuilt ? settings.get(name) !== quoted(cells['default'])[0] : settings.has(name),
    )
    .map((name) => `${name} is ${isBuilt ? 'no setting with this default' : 'a setting'}`);

const JUDGES: [section: RegExp, judge: Judge][] = [
  [/ \/ Routes$/, judgeRoutes],
  [/ \/ Members of requests$/, judgeRequests],
  [/ \/ Members of replies$/, judgeReplies],
  [/ \/ Errors$/, judgeErrors],
  [/ \/ Configuration$/, judgeSettings],
];

function judgeRow(row: ParityRow, targets: ParityTargets): string[] {
  const { cells, section } = row;
  if ('trap' in cells) {
    const names = quoted(cells['test']);
    const missing = names.filter((name) => !targets.hasTest(name));
    return names.length === 1 ? missing.map((name) => `no test is called ${name}`) : ['no test'];
  }
  const fate = cells['here'] ?? '';
  const why = cells['how, or why not'] ?? '';
  if (!FATES.has(fate)) return [`'${fate}' is no fate`];
  if (fate !== 'built' && why === '') return ['no reason'];
  const strays = quoted(why).filter((name) => isRoute(name) && !targets.routes.has(name));
  const judge = JUDGES.find(([pattern]) => pattern.test(section))?.[1];
  return [
    ...strays.map((route) => `${route} is not served`),
    ...(judge?.(row, fate === 'built', targets) ?? []),
  ];
}

/** What the page says that is not so. */
export const judgeParity = (text: string, targets: ParityTargets): string[] =>
  parityRows(text).flatMap((row) =>
    judgeRow(row, targets).map((fault) => `line ${row.line}: ${fault}`),
  );
