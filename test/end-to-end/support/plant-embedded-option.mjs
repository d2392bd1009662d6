// A planted fault for a negative control: the embedded folder is opened with another option of LMDB,
// named by the query of this module's URL, as `?noSync: true`. Loaded with `node --import`.
import { register } from 'node:module';

const option = decodeURIComponent(new URL(import.meta.url).search.slice(1));
const hooks = `
  const FOUND = 'overlappingSync: false,';
  export async function load(url, context, next) {
    const loaded = await next(url, context);
    if (!url.endsWith('/embedded/dist/environment.js')) return loaded;
    const source = String(loaded.source);
    if (source.split(FOUND).length !== 2) throw new Error('environment.js: no option to replace');
    return { ...loaded, source: source.replace(FOUND, ${JSON.stringify(`${option},`)}) };
  }
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
