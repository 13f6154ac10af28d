import type { Codec, Decoded } from "../codec/mod.ts";
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

  /** The same for `for await`; many at once where the codec has a way for that. */
  [Symbol.asyncIterator](): AsyncIterableIterator<RecordedValue<T>> {
    if (this.#codec.decodeAll === undefined) return new AsyncSteps(this[Symbol.iterator]());
    return inBatches(this.#frames, this.#codec);
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
    throw frameError(cause, { channel, index });
  }
}

/** The same for many frames of one channel, with a value or an error for each; never rejects. */
export async function decodeFrames<T>(frames: readonly Frame[], codec: Codec<T>): Promise<readonly Decoded<T>[]> {
  const decoded = await codec.decodeAll?.(frames.map(({ data }) => data));
  if (decoded === undefined) return frames.map((frame) => tryDecode(frame, codec));
  return decoded.map((each, i) => each.error === undefined ? each : { error: frameError(each.error, frames[i]!) });
}

/**
 * The first `most` frames in groups that are small enough to be decoded together and to be waited for. What cannot be read
 * ends the loop behind the frames before it.
 */
export function* groupFrames(frames: Iterable<Frame>, most = Infinity): Generator<readonly Frame[], void, void> {
  let left = most;
  let group: Frame[] = [];
  let bytes = 0;
  try {
    for (const frame of frames) {
      group.push(frame);
      bytes += frame.data.length;
      if (--left > 0 && group.length < GROUP && bytes < GROUP_BYTES) continue;
      const full = group;
      [group, bytes] = [[], 0];
      yield full;
      if (left <= 0) return;
    }
  } catch (error) {
    if (group.length > 0) yield group;
    throw error;
  }
  if (group.length > 0) yield group;
}

const GROUP = 256;
const GROUP_BYTES = 2 ** 20;

async function* inBatches<T>(
  frames: Iterable<Frame>,
  codec: Codec<T>,
): AsyncGenerator<RecordedValue<T>, void, undefined> {
  for (const group of groupFrames(frames)) {
    for (const [i, { value, error }] of (await decodeFrames(group, codec)).entries()) {
      if (error !== undefined) throw error;
      const { channel, index, timeNs } = group[i]!;
      yield { channel, index, timeNs, value: value as T };
    }
  }
}

function tryDecode<T>(frame: Frame, codec: Codec<T>): Decoded<T> {
  try {
    return { value: decodeFrame(frame, codec) };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}

function frameError(cause: unknown, { channel, index }: Pick<Frame, "channel" | "index">): Error {
  if (!isTinmanError(cause, "CODEC")) return cause as Error;
  return new TinmanError("CODEC", `Cannot read frame ${index} of channel "${channel}": ${cause.message}`, {
    ...cause.details,
    channel,
    frame: index,
    cause,
    hint: cause.hint ?? "the bytes can still be read: tinman log cat --raw",
  });
}
