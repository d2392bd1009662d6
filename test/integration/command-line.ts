import { operatorConfig, runCli } from '@refold/operator';
import { readConfig } from '@refold/service';

/** What a command ended with and printed. */
export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs `refold` in this process against a server, without a terminal that asks. */
export async function runRefold(url: string, args: string[]): Promise<Ran> {
  const reading = readConfig(operatorConfig, { REFOLD_URL: url });
  if (!reading.ok) throw new Error('expected a whole configuration');
  const ran = { code: -1, out: '', err: '' };
  const terminal = {
    out: (text: string) => void (ran.out += text),
    err: (text: string) => void (ran.err += text),
    interactive: false,
  };
  const { signal } = new AbortController();
  ran.code = await runCli({ args, config: reading.config, terminal, signal });
  return ran;
}
