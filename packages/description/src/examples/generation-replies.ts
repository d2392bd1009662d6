import type { ReplyExamples } from './reply-members.js';

const OPERATION_ID = '01980000-0000-7000-8000-000000000043';

const COUNTS = {
  streams: 5_000,
  added: 0,
  removed: 0,
  changed: 2,
  carried: 0,
  unsettled: 0,
  differing_verdicts: 0,
};

const partition = (isLive: boolean, views: string) => ({
  partition: 0,
  live: isLive,
  role: isLive ? 'live' : 'aside',
  next: 60_000,
  behind: 0,
  views,
  carried: 0,
});

/** What is answered about generations. */
export const GENERATION_REPLIES: Readonly<Record<string, ReplyExamples>> = {
  listGenerations: {
    200: {
      projection: 'runs',
      generations: [
        {
          generation: 1,
          state: 'live',
          views: null,
          share: 0.5,
          operation_id: null,
          partitions: [partition(true, 'run@1')],
        },
        {
          generation: 2,
          state: 'built',
          views: 'run@2',
          share: 0.3,
          operation_id: OPERATION_ID,
          partitions: [partition(false, 'run@2')],
        },
      ],
      swap: null,
    },
  },
  diffGeneration: {
    200: {
      projection: 'runs',
      generation: 2,
      digest: '6f1ce0b6d14c7a52',
      ...COUNTS,
      fields: [{ field: '/views/run/cost', streams: 2 }],
      fields_left_out: false,
      partitions: [
        {
          partition: 0,
          old: { generation: 1, next: 60_000, views: 'run@1', skips: 0, carrying: false },
          new: { generation: 2, next: 60_000, views: 'run@2', skips: 0, carrying: false },
          ...COUNTS,
          counters: [],
          counters_left_out: 0,
          unsettled_streams: [],
        },
      ],
      samples: [
        {
          change: 'changed',
          partition: 0,
          stream: 'run/run-42',
          fields: [{ field: '/views/run/cost', old: null, new: '"0.25"' }],
          fields_left_out: 0,
        },
      ],
      samples_left_out: 1,
      verdicts: [],
      verdicts_left_out: 0,
      refusals: [],
    },
  },
};
