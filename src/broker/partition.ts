import { PartitionLog } from "./partition_log.ts";
import { ProducerStates } from "./producer_states.ts";
import type { RecordBatch } from "./protocol/record_batch.ts";
import { ERROR, type ErrorNumber } from "./protocol/error_codes.ts";

/** Where a batch was put, or why not. */
export interface AppendedBatch {
  readonly error: ErrorNumber;
  /** The offset of its first record; -1 when there is none. */
  readonly baseOffset: number;
}

/** One partition: its records, and what idempotent producers wrote last. */
export class Partition {
  /** From 0 up. */
  readonly index: number;
  /** Its records. */
  readonly log = new PartitionLog();
  readonly #producers = new ProducerStates();

  /** An empty one. */
  constructor(index: number) {
    this.index = index;
  }

  /** Adds a batch, unless its producer wrote it already: then it says where. */
  append(batch: RecordBatch): AppendedBatch {
    if (batch.producerId === -1) return { error: ERROR.NONE, baseOffset: this.log.append(batch) };
    const known = this.#producers.check(batch);
    if (known !== undefined) return known;
    const baseOffset = this.log.append(batch);
    this.#producers.wrote(batch, baseOffset);
    return { error: ERROR.NONE, baseOffset };
  }
}
