import type { ProjectorsReply, ReceiptStatusReply } from '@refold/contracts';
import { ask, read } from '../api.js';
import type { AckedWriter } from '../acked-writer.js';
import { readiness } from '../api.js';
import { until } from '../until.js';
import type { Fleet } from './fleet.js';

/** Events that no projection has folded yet, over all of them; null while one cannot tell. */
async function lagOf({ reads }: Fleet): Promise<number | null> {
  const { body } = await read<ProjectorsReply>(reads.url, '/projectors');
  const lags = body.projectors.flatMap(({ partitions }) =>
    partitions.map(({ lag_events: lag }) => lag),
  );
  return lags.includes(null) ? null : lags.reduce<number>((sum, lag) => sum + (lag ?? 0), 0);
}

/** Every process runs and is ready, and the reading one says that nothing is left to fold. */
export async function untilWell(fleet: Fleet): Promise<void> {
  for (const service of fleet.services) {
    let said: unknown;
    await until(
      () => `${service.spec.service} is ready: ${JSON.stringify(said)} ${service.lastWords()}`,
      async () => {
        said = await readiness(service.url);
        return (said as { status?: string } | null)?.status === 'ready';
      },
    );
  }
  let lag: number | null = null;
  await until(
    () => `nothing is left to fold; the lag is ${lag}`,
    async () => (lag = await lagOf(fleet).catch(() => null)) === 0,
  );
}

/** Every 202 whose receipt does not tell the verdict that the same claim got with its 201. */
export async function brokenReceipts(fleet: Fleet, writer: AckedWriter): Promise<string[]> {
  const seqOf = new Map(writer.acknowledged.map(({ key, seq }) => [key, seq]));
  const broken: string[] = [];
  for (const { key, receipt } of writer.stored) {
    const { status, body } = await ask<ReceiptStatusReply>(fleet.reads.url, `/receipts/${receipt}`);
    const { state, seq } = body;
    if (status === 200 && state === 'accepted' && seq === seqOf.get(key)) continue;
    broken.push(`${key}: told ${seqOf.get(key)}, the receipt says ${JSON.stringify(body)}`);
  }
  return broken;
}
