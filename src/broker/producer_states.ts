import { ERROR, type ErrorNumber } from "./protocol/error_codes.ts";
import type { RecordBatch } from "./protocol/record_batch.ts";

/** Batches of one producer that are recognised when they come again: as many as it may have on their way. */
const REMEMBERED = 5;
/** Producers that one partition remembers; the one that wrote least recently is forgotten first. */
const MAX_PRODUCERS = 10_000;
/** Sequence numbers begin anew behind this one. */
const SEQUENCES = 2 ** 31;

interface State {
  readonly epoch: number;
  /** The last batches, oldest first. */
  readonly batches: { readonly first: number; readonly last: number; readonly baseOffset: number }[];
}

/**
 * What idempotent producers wrote to one partition, so that a batch which is sent again is not put down again, and one
 * that was lost is noticed. Source: KIP-98.
 */
export class ProducerStates {
  readonly #states = new Map<number, State>();

  /** Nothing: put it down. Else what to answer. */
  check({ producerId, producerEpoch, baseSequence, count }: RecordBatch): Answer | undefined {
    const state = this.#states.get(producerId);
    // After its records are gone nothing is known of a producer, so it may go on anywhere.
    if (state === undefined) return undefined;
    if (producerEpoch < state.epoch) return refuse(ERROR.INVALID_PRODUCER_EPOCH);
    if (producerEpoch > state.epoch) return baseSequence === 0 ? undefined : refuse(ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER);
    const last = (baseSequence + count - 1) % SEQUENCES;
    const same = state.batches.find((each) => each.first === baseSequence && each.last === last);
    if (same !== undefined) return { error: ERROR.NONE, baseOffset: same.baseOffset };
    const expected = (state.batches.at(-1)!.last + 1) % SEQUENCES;
    return baseSequence === expected ? undefined : refuse(ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER);
  }

  /** Remembers a batch that was put down. */
  wrote({ producerId, producerEpoch, baseSequence, count }: RecordBatch, baseOffset: number): void {
    const before = this.#states.get(producerId);
    const batches = before?.epoch === producerEpoch ? before.batches : [];
    batches.push({ first: baseSequence, last: (baseSequence + count - 1) % SEQUENCES, baseOffset });
    if (batches.length > REMEMBERED) batches.shift();
    this.#states.delete(producerId);
    this.#states.set(producerId, { epoch: producerEpoch, batches });
    if (this.#states.size > MAX_PRODUCERS) this.#states.delete(this.#states.keys().next().value!);
  }
}

interface Answer {
  readonly error: ErrorNumber;
  readonly baseOffset: number;
}

function refuse(error: ErrorNumber): Answer {
  return { error, baseOffset: -1 };
}
