import type { Clock } from "../../clock/mod.ts";
import type { RequestOf, ResponseOf } from "../protocol/api.ts";
import type { consumerGroupHeartbeatApi } from "../protocol/68_consumer_group_heartbeat.ts";
import type { consumerGroupDescribeApi } from "../protocol/69_consumer_group_describe.ts";

/** @see {@linkcode consumerGroupHeartbeatApi} */
export type ConsumerHeartbeat = RequestOf<typeof consumerGroupHeartbeatApi>;
/** @see {@linkcode consumerGroupHeartbeatApi} */
export type ConsumerHeartbeatAnswer = ResponseOf<typeof consumerGroupHeartbeatApi>;
/** @see {@linkcode consumerGroupDescribeApi} */
export type DescribedConsumerGroup = NonNullable<ResponseOf<typeof consumerGroupDescribeApi>["groups"]>[number];

/** Where a group is: nobody in it; members on their way to what they should have; all have that. */
export type ConsumerGroupState = "Empty" | "Reconciling" | "Stable";

/** What a group knows of a topic. */
export interface KnownTopic {
  readonly name: string;
  readonly id: string;
  readonly partitions: { readonly length: number };
}

/** What a group knows of topics. */
export interface KnownTopics {
  /** All of them. */
  readonly topics: readonly KnownTopic[];
  /** The one with this name. */
  topic(name: string): KnownTopic | undefined;
  /** The one with this id. */
  topicById(id: string): KnownTopic | undefined;
}

/** Options of a group of KIP-848. */
export interface ConsumerGroupOptions {
  /** Ends sessions. */
  readonly clock: Clock;
  /** A name for a new member, from what its client calls itself. */
  readonly nameMember: (client: string) => string;
  /** Most members. */
  readonly maxMembers: number;
  /** How often members are to say that they are there, and topics are looked at anew, in milliseconds. */
  readonly heartbeatMs: number;
  /** How long a member may say nothing, in milliseconds. */
  readonly sessionMs: number;
  /** What can be subscribed to. */
  readonly topics: KnownTopics;
}
