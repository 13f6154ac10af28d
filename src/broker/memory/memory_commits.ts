/** How far groups came, by group, topic and partition. */
export class MemoryCommits {
  readonly #topics = new Map<string, Map<string, number>[]>();

  /** Remembers it, in place of what was there. */
  set(group: string, topic: string, partition: number, offset: number): void {
    const partitions = this.#topics.get(topic) ?? [];
    this.#topics.set(topic, partitions);
    (partitions[partition] ??= new Map()).set(group, offset);
  }

  /** What groups said of a partition. */
  of(topic: string, partition: number): ReadonlyMap<string, number> {
    return this.#topics.get(topic)?.[partition] ?? NONE;
  }

  /** Forgets a topic. */
  forget(topic: string): void {
    this.#topics.delete(topic);
  }
}

const NONE: ReadonlyMap<string, number> = new Map();
