import type { Codec } from "../codec/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Frame } from "./frame.ts";
import { AsyncSteps } from "./steps.ts";

/** One decoded frame. */
export interface RecordedValue<T> {
  /** The channel it was written to. */
  readonly channel: string;
  /** Its number in the channel, from 0. */
  readonly index: number;
  /** When it was written, in nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** What was written. */
  readonly value: T;
}

/** The values of a channel in the order of time, for `for … of` and `for await`. Each loop starts at the beginning. */
export class ValueIterable<T> implements Iterable<RecordedValue<T>>, AsyncIterable<RecordedValue<T>> {
  readonly #frames: Iterable<Frame>;
  readonly #codec: Codec<T>;

  /** Made by recordings. */
  constructor(frames: Iterable<Frame>, codec: Codec<T>) {
    this.#frames = frames;
    this.#codec = codec;
  }

  /** One by one. A frame that does not fit the codec is a `CODEC` error that names it. */
  [Symbol.iterator](): IterableIterator<RecordedValue<T>> {
    return new ValueIterator(this.#frames[Symbol.iterator](), this.#codec);
  }

  /** The same for `for await`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<RecordedValue<T>> {
    return new AsyncSteps(this[Symbol.iterator]());
  }
}

class ValueIterator<T> implements IterableIterator<RecordedValue<T>> {
  readonly #frames: Iterator<Frame>;
  readonly #codec: Codec<T>;

  constructor(frames: Iterator<Frame>, codec: Codec<T>) {
    this.#frames = frames;
    this.#codec = codec;
  }

  next(): IteratorResult<RecordedValue<T>> {
    const { done, value: frame } = this.#frames.next();
    if (done) return { done: true, value: undefined };
    const { channel, index, timeNs } = frame;
    return { done: false, value: { channel, index, timeNs, value: decodeFrame(frame, this.#codec) } };
  }

  [Symbol.iterator](): IterableIterator<RecordedValue<T>> {
    return this;
  }
}

/** The value of a frame; what goes wrong is a `CODEC` error that names the channel and the frame. */
export function decodeFrame<T>({ channel, index, data }: Frame, codec: Codec<T>): T {
  try {
    return codec.decode(data);
  } catch (cause) {
    if (!isTinmanError(cause, "CODEC")) throw cause;
    throw new TinmanError("CODEC", `Cannot read frame ${index} of channel "${channel}": ${cause.message}`, {
      ...cause.details,
      channel,
      frame: index,
      cause,
      hint: cause.hint ?? "the bytes can still be read: tinman log cat --raw",
    });
  }
}
