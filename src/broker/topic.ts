import { Partition } from "./partition/partition.ts";
import type { LogLimits } from "./partition/partition_log_options.ts";
import type { RecordLog } from "./partition/record_log.ts";
import { TOPIC_SETTINGS } from "./topic_config.ts";

/** Where a topic keeps what is to outlive it. */
export interface TopicStorage {
  /** The records of a partition. */
  openLog(topic: Topic, partition: number): RecordLog;
  /** Why nothing can be changed. @default {it can} */
  readonly readOnly?: string;
  /** Keeps what a topic is from now on, before it is that. @throws {TinmanError} `WRITE_FAILED` */
  keep(
    topic: { readonly name: string; readonly id: string },
    changed: { readonly partitions: number; readonly settings: ReadonlyMap<string, string> },
  ): void;
}

/** A topic: partitions, and settings that differ from the default. */
export class Topic {
  /** Its name. */
  readonly name: string;
  /** 128 bits in hexadecimal: another one when it is deleted and made again. */
  readonly id: string;
  /** From 0 up; more may be added. */
  readonly partitions: Partition[];
  /** Settings that were made, by name. */
  readonly settings: Map<string, string>;

  readonly #storage: TopicStorage;

  /** One with the records that are in its storage. */
  constructor(name: string, { id, partitions, settings, storage }: {
    readonly id: string;
    readonly partitions: number;
    readonly settings: ReadonlyMap<string, string>;
    readonly storage: TopicStorage;
  }) {
    [this.name, this.id, this.settings, this.#storage] = [name, id, new Map(settings), storage];
    this.partitions = Array.from({ length: partitions }, (_, i) => new Partition(i, storage.openLog(this, i)));
  }

  /** Why nothing can be changed, if so. */
  get readOnly(): string | undefined {
    return this.#storage.readOnly;
  }

  /** Makes these the settings that differ from the default. @throws {TinmanError} `WRITE_FAILED` */
  configure(settings: ReadonlyMap<string, string>): void {
    const made = [...settings];
    this.#storage.keep(this, { partitions: this.partitions.length, settings });
    this.settings.clear();
    for (const [name, value] of made) this.settings.set(name, value);
  }

  /** Adds partitions until there are so many. @throws {TinmanError} `WRITE_FAILED` */
  grow(partitions: number): void {
    this.#storage.keep(this, { partitions, settings: this.settings });
    while (this.partitions.length < partitions) {
      const index = this.partitions.length;
      this.partitions.push(new Partition(index, this.#storage.openLog(this, index)));
    }
  }

  /** How its partitions are cut into segments, and what is thrown away of them. */
  get limits(): LogLimits {
    const number = (name: string) => Number(this.setting(name));
    const deletes = this.setting("cleanup.policy").split(",").includes("delete");
    return {
      segmentBytes: number("segment.bytes"),
      retentionBytes: deletes ? number("retention.bytes") : -1,
      retentionMs: deletes ? number("retention.ms") : -1,
      segmentMs: number("segment.ms"),
      compaction: this.isCompacted
        ? {
          minDirtyRatio: number("min.cleanable.dirty.ratio"),
          minLagMs: number("min.compaction.lag.ms"),
          deleteRetentionMs: number("delete.retention.ms"),
        }
        : undefined,
    };
  }

  /** A setting, or its default. */
  setting(name: string): string {
    return this.settings.get(name) ?? TOPIC_SETTINGS[name]!.value;
  }

  /** Whether records of one key replace each other. */
  get isCompacted(): boolean {
    return this.setting("cleanup.policy").split(",").includes("compact");
  }
}
