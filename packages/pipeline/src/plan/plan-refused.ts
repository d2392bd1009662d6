/** What is asked for cannot be done as things stand: on which partition, and why in one word and in a sentence. */
export class PlanRefused extends Error {
  override readonly name = 'PlanRefused';
  readonly partition: number;
  readonly reason: string;
  constructor(partition: number, reason: string, message: string) {
    super(message);
    this.partition = partition;
    this.reason = reason;
  }
}
