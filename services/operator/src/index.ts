export { operatorConfig } from './config.js';
export { runCli, type CliOptions } from './run-cli.js';
export type { Terminal } from './terminal.js';
