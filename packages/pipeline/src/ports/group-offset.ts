/** What a consumer group has committed for one partition. */
export interface GroupOffset {
  /** The next offset; negative where a client committed one of Kafka's special values. */
  offset: number;
  /** The text committed with it; empty when there was none. */
  metadata: string;
}

/** What our commits carry, so that they are told from an operator's. */
export const GROUP_TAG = 'refold/1';

/** The metadata of a commit of ours. @param note At most 1,000 characters; brokers take 4,096 bytes. */
export const taggedWith = (note: string): string =>
  note === '' ? GROUP_TAG : `${GROUP_TAG} ${note}`;

/** Whether a commit is ours, of whatever version. */
export const isTagged = ({ metadata }: GroupOffset): boolean =>
  /^refold\/\d+(?: |$)/.test(metadata);

/** What stands behind the tag of a commit of ours in this version; empty where nothing does, or it is not ours. */
export const noteIn = ({ metadata }: GroupOffset): string =>
  metadata.startsWith(`${GROUP_TAG} `) ? metadata.slice(GROUP_TAG.length + 1) : '';
