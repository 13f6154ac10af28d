import { Partition } from "./partition.ts";
import { TOPIC_SETTINGS } from "./topic_config.ts";

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

  /** An empty one. */
  constructor(name: string, { id, partitions, settings }: {
    readonly id: string;
    readonly partitions: number;
    readonly settings: ReadonlyMap<string, string>;
  }) {
    [this.name, this.id, this.settings] = [name, id, new Map(settings)];
    this.partitions = Array.from({ length: partitions }, (_, i) => new Partition(i));
  }

  /** Makes these the settings that differ from the default. */
  configure(settings: ReadonlyMap<string, string>): void {
    const made = [...settings];
    this.settings.clear();
    for (const [name, value] of made) this.settings.set(name, value);
  }

  /** Adds partitions until there are so many. */
  grow(partitions: number): void {
    while (this.partitions.length < partitions) this.partitions.push(new Partition(this.partitions.length));
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
