import type { RefoldResult } from '@refold/pipeline';

type Amounts = Pick<
  RefoldResult,
  'streams' | 'replaced' | 'records' | 'readRecords' | 'bytes' | 'readFrom' | 'to'
>;

/** What an operation that is about no chosen streams came to in a partition. */
export const operationResult = (
  operation: string,
  partition: number,
  outcome: RefoldResult['outcome'],
  { error, ...amounts }: Partial<Amounts> & { error?: string } = {},
): RefoldResult => ({
  operation,
  partition,
  outcome,
  ...{ streams: 0, replaced: 0, records: 0, tailRecords: 0, readRecords: 0, bytes: 0 },
  ...{ readFrom: 0, to: 0 },
  ...{ differences: [], drift: {}, differing: 0, unrebuildable: 0, unrebuildableStreams: [] },
  ...amounts,
  ...(error === undefined ? {} : { error }),
});
