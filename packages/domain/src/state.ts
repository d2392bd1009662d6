/** Who a stream belongs to, as its creating event said. All null: nobody, open to every principal. */
export interface Owner {
  tenant: string | null;
  /** `user:<id>`, `guest:<scope>`, or the creating principal as it stands. */
  principal: string | null;
}

/** What the decider knows of one stream: enough to judge the next claim, no more. */
export interface StreamState {
  /** The last sequence number; events are numbered from 1 without a hole. */
  seq: number;
  /** Chain hash over seq, type, payload and key of every event: 16 hex digits. */
  chain: string;
  status: string;
  owner: Owner;
  createdAt: number;
  /** Fold time of the last event, milliseconds. */
  updatedAt: number;
}
