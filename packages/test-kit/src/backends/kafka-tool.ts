import { spawn } from 'node:child_process';
import { kafkaClassPath } from './kafka-files.js';

/**
 * Runs a stock Kafka tool (a Java main class, as `org.apache.kafka.tools.ConsoleProducer`) with
 * `input` on its standard input. Resolves with its standard output; rejects on another exit code
 * than 0 or after `boundMs`.
 */
export async function runKafkaTool(
  mainClass: string,
  args: readonly string[],
  input = '',
  boundMs = 60_000,
): Promise<string> {
  const classPath = await kafkaClassPath();
  const jvm = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath];
  const child = spawn('java', [...jvm, mainClass, ...args], { timeout: boundMs });
  let output = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${mainClass} ended with ${code}: ${complaints}${output}`));
    });
  });
}
