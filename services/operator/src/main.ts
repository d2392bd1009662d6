#!/usr/bin/env node
import { loadConfig } from '@refold/service';
import { operatorConfig } from './config.js';
import { EXIT } from './failure.js';
import { runCli } from './run-cli.js';
import { processTerminal } from './terminal.js';

const stop = new AbortController();
const onSignal = (): void => {
  if (stop.signal.aborted) process.exit(EXIT.failed);
  stop.abort();
};
process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);

const { config } = loadConfig(operatorConfig);
process.exitCode = await runCli({
  args: process.argv.slice(2),
  config,
  terminal: processTerminal(),
  signal: stop.signal,
});
