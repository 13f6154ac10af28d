import { isControl, isTransactional } from "../protocol/markers.ts";
import type { RecordBatch } from "../protocol/record_batch.ts";

/** What compaction has to know of transactions. Source: KIP-98, KIP-534. */
export interface DecidedTransactions {
  /** From here on transactions are open, and nothing is touched. */
  readonly stableEnd: number;
  /** Whether the record of a producer at an offset belongs to a transaction that was given up. */
  readonly isAborted: (producerId: number, offset: number) => boolean;
  /** Whether nothing is known of a producer that came behind its marker at an offset. */
  readonly isLastOf: (producerId: number, offset: number) => boolean;
  /** Hears of markers that are about to go, by their offsets. @throws {TinmanError} `WRITE_FAILED`; then they stay. */
  readonly forget: (markers: readonly number[]) => void;
}

/** Of a log without transactions. */
export const undecided: Omit<DecidedTransactions, "stableEnd"> = {
  isAborted: () => false,
  isLastOf: () => true,
  forget: () => {},
};

/** What is to be done with a batch: compact it, keep it as it is, or drop all of it. */
export type BatchFate = "compact" | "keep" | "drop";

/** Says what is to be done with each batch of a log, which are shown to it in their order. */
export class BatchFates {
  readonly #decided: Pick<DecidedTransactions, "isAborted" | "isLastOf">;
  /** Producers of whose transaction there were records. */
  readonly #withRecords = new Set<number>();

  constructor(decided: Pick<DecidedTransactions, "isAborted" | "isLastOf">) {
    this.#decided = decided;
  }

  /** The fate of the next batch. */
  of(batch: RecordBatch): BatchFate {
    const { producerId, baseOffset } = batch;
    if (isControl(batch)) {
      // A marker is needed as long as there is a record that it decides about. That there is none has to be on the disk
      // before the marker goes, so records that go now keep it until the next time.
      const isNeeded = this.#withRecords.delete(producerId) || this.#decided.isLastOf(producerId, baseOffset);
      return isNeeded ? "keep" : "drop";
    }
    if (!isTransactional(batch)) return "compact";
    this.#withRecords.add(producerId);
    return this.#decided.isAborted(producerId, baseOffset) ? "drop" : "compact";
  }
}
