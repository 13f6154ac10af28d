/** A transaction that was given up, as it is told to those who read committed records only. */
export interface AbortedTransaction {
  readonly producerId: number;
  /** Of its first record in the partition. */
  readonly firstOffset: number;
}

/** All that is known of the transactions of a partition, for JSON. */
export interface KeptTransactions {
  readonly open: readonly (readonly [producerId: number, firstOffset: number])[];
  readonly aborted: readonly Ended[];
}

interface Ended extends AbortedTransaction {
  /** Of its marker. */
  readonly lastOffset: number;
  /** Where the first open transaction began when this one had ended: no later one begins before it. */
  readonly stable: number;
}

/** Transactions of one partition: those that are open, and those that were given up. */
export class PartitionTransactions {
  /** Where the transaction of each producer began. They are put in as they begin, so the first is the oldest. */
  readonly #open = new Map<number, number>();
  /** In the order of their markers. */
  readonly #aborted: Ended[] = [];

  /** Where the oldest open transaction began: nothing from there on is decided. */
  get firstOpen(): number | undefined {
    const first = this.#open.values().next();
    return first.done === true ? undefined : first.value;
  }

  /** Where the open transaction of a producer began. */
  openedAt(producerId: number): number | undefined {
    return this.#open.get(producerId);
  }

  /** A producer wrote a record of a transaction here; its first one begins it. */
  wrote(producerId: number, offset: number): void {
    if (!this.#open.has(producerId)) this.#open.set(producerId, offset);
  }

  /** The marker of a producer was put down here. Without records there was nothing to end. */
  ended(producerId: number, lastOffset: number, isCommit: boolean): void {
    const firstOffset = this.#open.get(producerId);
    if (firstOffset === undefined) return;
    this.#open.delete(producerId);
    const stable = this.firstOpen ?? lastOffset + 1;
    if (!isCommit) this.#aborted.push({ producerId, firstOffset, lastOffset, stable });
  }

  /** Whether there are any with records from an offset on. */
  hasAborted(from: number): boolean {
    return (this.#aborted.at(-1)?.lastOffset ?? -1) >= from;
  }

  /** Those given up that have records from `from` up to, not including, `before`. */
  aborted(from: number, before: number): AbortedTransaction[] {
    const found: AbortedTransaction[] = [];
    for (let i = this.#firstEndedAt(from); i < this.#aborted.length; i++) {
      const { producerId, firstOffset, stable } = this.#aborted[i]!;
      if (firstOffset < before) found.push({ producerId, firstOffset });
      if (stable >= before) break;
    }
    return found;
  }

  /** Says whether the record of a producer at an offset was given up, as it is known now. */
  lookUpAborted(): (producerId: number, offset: number) => boolean {
    const all = Map.groupBy(this.#aborted, ({ producerId }) => producerId);
    return (producerId, offset) =>
      all.get(producerId)?.some(({ firstOffset, lastOffset }) => firstOffset <= offset && offset < lastOffset) ?? false;
  }

  /** Forgets those with these markers, of which there are no records any more. */
  forget(markers: readonly number[]): void {
    const gone = new Set(markers);
    const left = this.#aborted.filter(({ lastOffset }) => !gone.has(lastOffset));
    if (left.length < this.#aborted.length) this.#aborted.splice(0, this.#aborted.length, ...left);
  }

  /** Forgets those that were given up before an offset. */
  deleteBefore(offset: number): void {
    this.#aborted.splice(0, this.#firstEndedAt(offset));
  }

  /** All that is known. */
  get all(): KeptTransactions {
    return { open: [...this.#open], aborted: this.#aborted };
  }

  /** Takes back what {@linkcode PartitionTransactions.all} gave. */
  restore({ open, aborted }: KeptTransactions): void {
    for (const [producerId, firstOffset] of open) this.#open.set(producerId, firstOffset);
    this.#aborted.push(...aborted);
  }

  #firstEndedAt(offset: number): number {
    let [low, high] = [0, this.#aborted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#aborted[middle]!.lastOffset >= offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
