// Writes docs/configuration.md from the settings of the built services.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { configurationPage } from '../services/standalone/dist/configuration-page.js';

const path = fileURLToPath(new URL('../docs/configuration.md', import.meta.url));
const style = await resolveConfig(path);
writeFileSync(path, await format(configurationPage(), { ...style, filepath: path }));
console.log(`wrote ${path}`);
