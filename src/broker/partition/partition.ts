import { decodeUtf8, encodeUtf8 } from "../../bytes/mod.ts";
import { PartitionLog } from "./partition_log.ts";
import type { RecordLog } from "./record_log.ts";
import {
  type AbortedTransaction,
  type KeptTransactions,
  PartitionTransactions,
} from "../transaction/partition_transactions.ts";
import { type ProducerState, ProducerStates } from "../transaction/producer_states.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import { isControl, isTransactional, type Marker, readMarker, writeMarker } from "../protocol/markers.ts";
import { readBatch, type RecordBatch } from "../protocol/record_batch.ts";

/** Where a batch was put, or why not. */
export interface AppendedBatch {
  readonly error: ErrorNumber;
  /** The offset of its first record; -1 when there is none. */
  readonly baseOffset: number;
}

/** What is read by who wants to see committed records only. */
export interface CommittedRead {
  /** Whole batches, also of transactions that were given up. */
  readonly records: Uint8Array;
  /** Which of them are to be left out. */
  readonly aborted: readonly AbortedTransaction[];
}

/** One partition: its records, what idempotent producers wrote last, and where transactions begin and end. */
export class Partition {
  /** From 0 up. */
  readonly index: number;
  /** Its records. */
  readonly log: RecordLog;
  readonly #transactions = new PartitionTransactions();
  readonly #producers = new ProducerStates({ isBusy: (id) => this.#transactions.openedAt(id) !== undefined });

  /** The one with these records. */
  constructor(index: number, log: RecordLog = new PartitionLog()) {
    [this.index, this.log] = [index, log];
    log.followProducers({
      restore: (bytes) => this.#restore(bytes),
      onBatch: (batch) => this.replay(batch),
      snapshot: () => this.#snapshot(),
      decide: () => ({
        stableEnd: this.stableEnd,
        isAborted: this.#transactions.lookUpAborted(),
        isLastOf: (producerId, offset) => (this.#producers.all.get(producerId)?.markedAt ?? offset) <= offset,
        forget: (markers) => this.#transactions.forget(markers),
      }),
    });
  }

  /** Where what is decided ends: the first record of the oldest open transaction, or the end. Source: KIP-98. */
  get stableEnd(): number {
    return Math.max(this.#transactions.firstOpen ?? this.log.next, this.log.start);
  }

  /** Producers that are remembered, and where the open transaction of each began. */
  *producers(): Generator<
    ProducerState & { readonly producerId: number; readonly openedAt: number | undefined },
    void
  > {
    for (const [producerId, state] of this.#producers.all) {
      yield { producerId, ...state, openedAt: this.#transactions.openedAt(producerId) };
    }
  }

  /**
   * Adds a batch, unless its producer wrote it already: then it says where. A batch of a transaction is added when
   * `checkTransaction` finds nothing against it.
   */
  append(batch: RecordBatch, checkTransaction: () => ErrorNumber = () => ERROR.NONE): AppendedBatch {
    if (batch.producerId === -1) return { error: ERROR.NONE, baseOffset: this.log.append(batch) };
    const known = this.#producers.find(batch);
    if (known !== undefined) return known;
    const refused = this.#refuse(batch, checkTransaction);
    if (refused !== ERROR.NONE) return { error: refused, baseOffset: -1 };
    const baseOffset = this.log.append(batch);
    this.#wrote(batch, baseOffset);
    return { error: ERROR.NONE, baseOffset };
  }

  /** Ends the transaction of a producer, here. @throws {TinmanError} `WRITE_FAILED`; then it is open as before. */
  mark(marker: Marker, timestampMs: number): void {
    const offset = this.log.append(readBatch(writeMarker(marker, timestampMs)));
    this.#marked(marker, timestampMs, offset);
    this.log.wake();
  }

  /** As `log.read()`, for who wants to see committed records only. */
  readCommitted(offset: number, maxBytes: number): CommittedRead {
    const { stableEnd } = this;
    const read = offset < stableEnd ? this.log.read(offset, maxBytes) : NOTHING;
    // Everything is decided and nothing was given up: what most partitions are like.
    if (stableEnd === this.log.next && !this.#transactions.hasAborted(offset)) return { records: read, aborted: [] };
    const [records, end] = cutAt(read, stableEnd);
    return { records, aborted: this.#transactions.aborted(offset, end) };
  }

  /** Takes note of a batch that is in the log already, when the log was opened. They come in order. */
  replay(batch: RecordBatch): void {
    if (batch.producerId === -1) return;
    if (!isControl(batch)) return this.#wrote(batch, batch.baseOffset);
    const marker = readMarker(batch);
    if (marker !== undefined) this.#marked(marker, batch.maxTimestampMs, batch.baseOffset);
  }

  /** What is known of producers besides their records, for {@linkcode PartitionLog.followProducers}. */
  #snapshot(): Uint8Array {
    const kept: KeptProducers = { producers: [...this.#producers.all], transactions: this.#transactions.all };
    return encodeUtf8(JSON.stringify(kept));
  }

  #restore(bytes: Uint8Array): void {
    const { producers, transactions }: KeptProducers = JSON.parse(decodeUtf8(bytes));
    this.#producers.restore(producers);
    this.#transactions.restore(transactions);
  }

  #refuse(batch: RecordBatch, checkTransaction: () => ErrorNumber): ErrorNumber {
    if (isTransactional(batch)) {
      const refused = checkTransaction();
      if (refused !== ERROR.NONE) return refused;
    } else if (this.#transactions.openedAt(batch.producerId) !== undefined) return ERROR.INVALID_TXN_STATE;
    return this.#producers.checkSequence(batch);
  }

  #wrote(batch: RecordBatch, baseOffset: number): void {
    this.#producers.wrote(batch, baseOffset);
    if (isTransactional(batch)) this.#transactions.wrote(batch.producerId, baseOffset);
  }

  #marked(marker: Marker, timestampMs: number, offset: number): void {
    this.#transactions.ended(marker.producerId, offset, marker.isCommit);
    this.#producers.marked(marker, { timestampMs, offset });
    this.#transactions.deleteBefore(this.log.start);
  }
}

interface KeptProducers {
  readonly producers: readonly (readonly [number, ProducerState])[];
  readonly transactions: KeptTransactions;
}

const NOTHING = new Uint8Array();

/** The batches that begin before an offset, and the offset behind the last of them. */
function cutAt(bytes: Uint8Array, before: number): [Uint8Array, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [at, end] = [0, 0];
  while (at < bytes.length) {
    const baseOffset = Number(view.getBigInt64(at));
    if (baseOffset >= before) break;
    end = baseOffset + view.getInt32(at + 23) + 1;
    at += 12 + view.getInt32(at + 8);
  }
  return [bytes.subarray(0, at), end];
}
