import type { Appended, LaneSender, OutgoingRecord } from '@refold/pipeline';

/** The writer of a lane over `append`, which resolves once everything is on the disk. */
export function openSender(
  append: (records: readonly OutgoingRecord[]) => Promise<Appended[]>,
): LaneSender {
  let state: 'free' | 'busy' | 'spent' | 'closed' = 'free';
  return {
    async send(records) {
      if (state === 'busy') throw new Error('a send is outstanding on this lane: wait for it');
      if (state !== 'free') throw new Error(`this lane is ${state}: open a new one`);
      state = 'busy';
      try {
        const landed = await append(records);
        if (state === 'busy') state = 'free';
        return landed;
      } catch (error) {
        state = 'spent';
        throw error;
      }
    },
    async close() {
      state = 'closed';
    },
  };
}
