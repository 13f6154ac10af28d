/** Topics, groups and records of a broker, for who looks. All of it is asked for, so it takes a moment, and may reject. */
export interface BrokerParts {
  /** How it is; who asks again within a second gets the same. What cannot be read of it says why, and the rest is there. */
  look(): Promise<BrokerState>;
  /** The settings of a topic, as Kafka names them. @throws {TinmanError} `NOT_FOUND` */
  settings(topic: string): Promise<readonly BrokerSetting[]>;
  /** Records of one partition from an offset on, fewer at its end; it does not wait. @throws {TinmanError} `NOT_FOUND` */
  records(topic: string, range: BrokerRange): Promise<readonly BrokerRecord[]>;
  /** First and next offset of a partition. @throws {TinmanError} `NOT_FOUND` */
  offsets(topic: string, partition: number): Promise<{ readonly earliest: number; readonly latest: number }>;
  /** Adds a record. @throws {TinmanError} what the broker says. */
  produce(topic: string, record: BrokerMessage): Promise<{ readonly partition: number; readonly offset: number }>;
}

/** How a broker is. */
export interface BrokerState {
  /** By name. */
  readonly topics: readonly BrokerTopic[];
  /** By name. */
  readonly groups: readonly BrokerGroup[];
  /** How many topics or groups there are besides, which were too many to look at. */
  readonly more: { readonly topics: number; readonly groups: number };
  /** Why it does not answer; then the rest is as it was. */
  readonly problem?: string;
}

/** One topic. */
export interface BrokerTopic {
  readonly name: string;
  readonly partitions: readonly BrokerPartition[];
  /** `retention.ms`; -1 is for ever. */
  readonly retentionMs?: number;
  /** `retention.bytes` of each partition; -1 is without bound. */
  readonly retentionBytes?: number;
  /** `cleanup.policy` */
  readonly cleanup?: string;
}

/** One partition. */
export interface BrokerPartition {
  readonly id: number;
  /** Of the oldest record that is kept. */
  readonly earliest?: number;
  /** What the next record will get. */
  readonly latest?: number;
  /** What it takes on the disk or in memory. */
  readonly bytes?: number;
  /** Why there are no offsets. */
  readonly problem?: string;
}

/** One consumer group. */
export interface BrokerGroup {
  readonly id: string;
  /** `Stable`, `Empty`, … */
  readonly state?: string;
  /** How partitions are shared. */
  readonly protocol?: string;
  readonly members: readonly { readonly id: string; readonly client: string; readonly host: string }[];
  /** How far it is. */
  readonly offsets: readonly BrokerLag[];
  /** Why it could not be described. */
  readonly problem?: string;
}

/** How far a group is behind in a partition. */
export interface BrokerLag {
  readonly topic: string;
  readonly partition: number;
  readonly committed: number;
  /** Records that are left to read: none that are not kept any more. Undefined where the partition does not answer. */
  readonly lag?: number;
}

/** Which records. */
export interface BrokerRange {
  readonly partition: number;
  readonly from: number;
  readonly limit: number;
}

/** A record to add. */
export interface BrokerMessage {
  readonly value: Uint8Array | null;
  readonly key: Uint8Array | null;
  readonly headers: readonly { readonly name: string; readonly value: Uint8Array | null }[];
  /** From 0 up; without it the key says. */
  readonly partition?: number;
}

/** A record as it lies there. */
export interface BrokerRecord extends Required<Omit<BrokerMessage, "partition">> {
  readonly offset: number;
  readonly timestampMs: number;
}

/** A setting of a topic. */
export interface BrokerSetting {
  readonly name: string;
  readonly value: string | null;
  readonly isDefault: boolean;
}
