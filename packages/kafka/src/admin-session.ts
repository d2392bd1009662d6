import type { Admin } from 'kafkajs';
import { newKafka } from './client.js';
import type { Settled } from './options.js';
import { atMost } from './pause.js';

const DISCONNECT_BOUND_MS = 1_000;

/** Runs `work` with an admin client over connections of its own. For what is rare. */
export async function withAdmin<T>(
  options: Settled,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = newKafka(options).admin();
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await atMost(admin.disconnect(), DISCONNECT_BOUND_MS);
  }
}
