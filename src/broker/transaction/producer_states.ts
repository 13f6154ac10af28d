import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import type { Marker } from "../protocol/markers.ts";
import type { RecordBatch } from "../protocol/record_batch.ts";

/** Batches of one producer that are recognised when they come again: as many as it may have on their way. */
const REMEMBERED = 5;
/** Producers that one partition remembers; the one that wrote least recently is forgotten first. */
const MAX_PRODUCERS = 10_000;
/** Sequence numbers begin anew behind this one. */
const SEQUENCES = 2 ** 31;

/** What is remembered of a producer. */
export interface ProducerState {
  readonly epoch: number;
  /** The last batches of this epoch, oldest first. None when a marker brought the epoch. */
  readonly batches: readonly { readonly first: number; readonly last: number; readonly baseOffset: number }[];
  /** When it wrote last. */
  readonly timestampMs: number;
  /** Whether a transaction of it has ended here. */
  readonly isMarked: boolean;
  /** The offset of its last marker, as far as that is known. */
  readonly markedAt?: number | undefined;
}

/** Options of {@linkcode ProducerStates}. */
export interface ProducerStatesOptions {
  /** Who is not forgotten, whatever the number: a transaction of this producer is open. @default {nobody} */
  readonly isBusy?: (producerId: number) => boolean;
  /** Most producers. @default {10000} */
  readonly maxProducers?: number;
}

/**
 * What idempotent producers wrote to one partition, so that a batch which is sent again is not put down again, and one
 * that was lost is noticed. Source: KIP-98, KIP-360.
 */
export class ProducerStates {
  readonly #states = new Map<number, ProducerState>();
  readonly #isBusy: (producerId: number) => boolean;
  readonly #maxProducers: number;

  /** Knows nobody. */
  constructor({ isBusy = () => false, maxProducers = MAX_PRODUCERS }: ProducerStatesOptions = {}) {
    [this.#isBusy, this.#maxProducers] = [isBusy, maxProducers];
  }

  /** Who is remembered; who wrote last comes last. */
  get all(): ReadonlyMap<number, ProducerState> {
    return this.#states;
  }

  /** The place of a batch that was put down already, or that its epoch is over; nothing when it is new. */
  find({ producerId, producerEpoch, baseSequence, lastOffsetDelta }: RecordBatch): FoundBatch | undefined {
    const state = this.#states.get(producerId);
    if (state === undefined || producerEpoch > state.epoch) return undefined;
    if (producerEpoch < state.epoch) return { error: ERROR.INVALID_PRODUCER_EPOCH, baseOffset: -1 };
    // Not the number of records: compaction may have taken some out.
    const last = (baseSequence + lastOffsetDelta) % SEQUENCES;
    const same = state.batches.find((each) => each.first === baseSequence && each.last === last);
    return same && { error: ERROR.NONE, baseOffset: same.baseOffset };
  }

  /** Whether a new batch is the next one of its producer. */
  checkSequence({ producerId, producerEpoch, baseSequence }: RecordBatch): ErrorNumber {
    const state = this.#states.get(producerId);
    // Of a producer that was forgotten nothing is known, so it may go on anywhere.
    if (state === undefined) return ERROR.NONE;
    const last = producerEpoch === state.epoch ? state.batches.at(-1)?.last ?? -1 : -1;
    return baseSequence === (last + 1) % SEQUENCES ? ERROR.NONE : ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER;
  }

  /** Remembers a batch that was put down. */
  wrote(batch: RecordBatch, baseOffset: number): void {
    const { producerId, producerEpoch, baseSequence, lastOffsetDelta, maxTimestampMs } = batch;
    const before = this.#states.get(producerId);
    const batches = before?.epoch === producerEpoch ? before.batches.slice(1 - REMEMBERED) : [];
    batches.push({ first: baseSequence, last: (baseSequence + lastOffsetDelta) % SEQUENCES, baseOffset });
    const { isMarked = false, markedAt } = before ?? {};
    this.#set(producerId, { epoch: producerEpoch, batches, timestampMs: maxTimestampMs, isMarked, markedAt });
  }

  /** Remembers that a transaction ended; a later epoch shuts the producer out, which then begins anew. */
  marked({ producerId, epoch }: Marker, { timestampMs, offset }: MarkerPlace): void {
    const before = this.#states.get(producerId);
    const batches = before !== undefined && epoch <= before.epoch ? before.batches : [];
    const state = { epoch: Math.max(epoch, before?.epoch ?? epoch), batches, timestampMs };
    this.#set(producerId, { ...state, isMarked: true, markedAt: offset });
  }

  /** Takes back what {@linkcode ProducerStates.all} gave. */
  restore(all: Iterable<readonly [number, ProducerState]>): void {
    for (const [producerId, state] of all) this.#set(producerId, state);
  }

  #set(producerId: number, state: ProducerState): void {
    this.#states.delete(producerId);
    this.#states.set(producerId, state);
    if (this.#states.size <= this.#maxProducers) return;
    for (const id of this.#states.keys()) {
      if (this.#isBusy(id)) continue;
      this.#states.delete(id);
      return;
    }
  }
}

interface MarkerPlace {
  readonly timestampMs: number;
  readonly offset: number;
}

interface FoundBatch {
  readonly error: ErrorNumber;
  /** -1 with an error. */
  readonly baseOffset: number;
}
