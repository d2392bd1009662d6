/** Commands that show something at once, for another terminal. */
export const thingsToTry = (address: string): string[] => [
  'npx refold import test/traces',
  `curl 'http://${address}/internal/v1/runs?limit=3'`,
];

/** What a person at a terminal is told once it listens. `folder`: null on Kafka and Redis. */
export function greeting(address: string, folder: string | null): string {
  const where = folder === null ? 'on Kafka and Redis' : `embedded, in ${folder}`;
  return [
    '',
    `Refold is running at http://${address} (${where}).`,
    '',
    'Try, in another terminal:',
    ...thingsToTry(address).map((command) => `  ${command}`),
    '',
    'Stop it with Ctrl-C.',
    '',
    '',
  ].join('\n');
}
