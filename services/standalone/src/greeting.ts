/** What a person at a terminal is told once it listens; log lines tell machines the same. */
export function greeting(address: string, folder: string | null): void {
  if (!process.stdout.isTTY) return;
  const where = folder === null ? 'on Kafka and Redis' : `embedded, in ${folder}`;
  process.stdout.write(
    [
      '',
      `Refold is running at http://${address} (${where}).`,
      '',
      'Try, in another terminal:',
      '  npx refold import test/traces',
      `  curl 'http://${address}/internal/v1/runs?limit=3'`,
      '',
      'Stop it with Ctrl-C.',
      '',
      '',
    ].join('\n'),
  );
}
