import { TinmanError } from "../../errors/mod.ts";
import { type OffsetRange, type QueueRecord, recordBytes } from "../queue.ts";

/** Records of one partition, in memory: a list whose front can be cut off. */
export class MemoryPartition {
  /** What errors call it. */
  readonly name: string;
  #records: QueueRecord[] = [];
  /** Records at the front of the list that were deleted. */
  #cut = 0;
  /** Offset of what lies at the front of the list. */
  #base = 0;
  #bytes = 0;
  readonly #waiting = new Set<() => void>();

  /** An empty one. */
  constructor(name: string) {
    this.name = name;
  }

  /** What it holds. */
  get bytes(): number {
    return this.#bytes;
  }

  /** {@linkcode OffsetRange} */
  get range(): OffsetRange {
    return { earliest: this.#base + this.#cut, latest: this.#base + this.#records.length };
  }

  /** Adds a record and gives its offset. */
  append(record: Omit<QueueRecord, "offset">): number {
    const offset = this.#base + this.#records.length;
    this.#records.push({ ...record, offset });
    this.#bytes += recordBytes(record);
    return offset;
  }

  /** Tells those who wait that records were added. */
  wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Calls `wake` when records come, until what it returns is called. */
  onAppend(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  /** Records from `offset` on. What it costs depends on what it gives, not on what lies before. */
  read(offset: number, { maxRecords, maxBytes }: { maxRecords: number; maxBytes: number }): QueueRecord[] {
    this.check(offset);
    const found: QueueRecord[] = [];
    let bytes = 0;
    for (let i = offset - this.#base; i < this.#records.length && found.length < maxRecords; i++) {
      const record = this.#records[i]!;
      bytes += recordBytes(record);
      if (bytes > maxBytes && found.length > 0) break;
      found.push(record);
    }
    return found;
  }

  /** The first offset of that time or later. Times need not rise, so it looks at each. */
  offsetAt(timestampMs: number): number | undefined {
    for (let i = this.#cut; i < this.#records.length; i++) {
      if (this.#records[i]!.timestampMs >= timestampMs) return this.#base + i;
    }
    return undefined;
  }

  /** Removes what lies before an offset; returns the first that is left. */
  deleteBefore(offset: number): number {
    const { earliest, latest } = this.range;
    if (offset > latest) throw outOfRange(this.name, offset, this.range);
    for (let i = this.#cut; i < offset - this.#base; i++) this.#bytes -= recordBytes(this.#records[i]!);
    this.#cut = Math.max(offset, earliest) - this.#base;
    // Moving the rest costs what it holds, so that is done when it is the smaller half.
    if (this.#cut * 2 > this.#records.length) {
      this.#records = this.#records.slice(this.#cut);
      this.#base += this.#cut;
      this.#cut = 0;
    }
    return this.range.earliest;
  }

  /** @throws {TinmanError} `OUT_OF_RANGE` */
  check(offset: number): void {
    const { earliest, latest } = this.range;
    if (!(offset >= earliest && offset <= latest)) throw outOfRange(this.name, offset, this.range);
  }
}

function outOfRange(name: string, offset: number, { earliest, latest }: OffsetRange): TinmanError<"OUT_OF_RANGE"> {
  return new TinmanError("OUT_OF_RANGE", `Cannot use offset ${offset} of ${name}: it keeps ${earliest} to ${latest}`, {
    offset,
    earliest,
    latest,
    hint: offset < earliest ? 'it was deleted; go on at "earliest"' : 'go on at "latest", or wait for records',
  });
}
