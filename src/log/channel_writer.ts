import { type Codec, codecFailure } from "../codec/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { ChannelLog } from "./recording_store.ts";
import type { FrameStamper } from "./stamper.ts";

/** Frames of a channel that are not in the recording though they should be. */
export interface Gap {
  /** How many. */
  readonly frames: number;
  /** What the last of them met. */
  readonly why: string;
}

/** Writes the values of one channel of a recording, each with the time at which it was written. */
export class ChannelWriter<T> {
  /** The name of the channel. */
  readonly name: string;
  /** How many values were written. */
  frames = 0;
  /** Bytes of their payloads. */
  bytes = 0;
  /** How many were not written, because the disk was full or they were too large. */
  drops = 0;
  readonly #codec: Codec<T>;
  readonly #log: ChannelLog;
  readonly #stamper: FrameStamper;
  readonly #report: (gap: Gap) => void;
  #open: { frames: number; why: string } | undefined;

  /** Made by a recording. `report` is told of a gap when it is over. */
  constructor(name: string, options: {
    readonly codec: Codec<T>;
    readonly log: ChannelLog;
    readonly stamper: FrameStamper;
    readonly report: (gap: Gap) => void;
  }) {
    this.name = name;
    this.#codec = options.codec;
    this.#log = options.log;
    this.#stamper = options.stamper;
    this.#report = options.report;
  }

  /**
   * Writes one value. What throws is not in the recording and counts as dropped; the next value may be taken again.
   *
   * @throws {TinmanError} `CODEC`, `WRITE_FAILED`, `TOO_LARGE`, or `CLOSED` with the bytes of the value.
   */
  write(value: T): void {
    let payload: Uint8Array;
    try {
      payload = this.#codec.encode(value);
    } catch (cause) {
      throw this.#unfit(cause);
    }
    this.writeBytes(payload);
  }

  /** Writes one value that is encoded already. A time is given for copies alone: not before the last one of this channel. */
  writeBytes(payload: Uint8Array, timeNs?: bigint): void {
    try {
      if (timeNs === undefined) {
        const stamp = this.#stamper.next();
        this.#log.append(payload, this.#stamper.hi(stamp), this.#stamper.lo(stamp));
      } else {
        this.#log.writeBytes(payload, timeNs);
        this.#stamper.follow(timeNs);
      }
    } catch (error) {
      if (isTinmanError(error) && error.code !== "CLOSED") this.#drop(1, error.message);
      throw error;
    }
    this.frames++;
    this.bytes += payload.length;
    if (this.#open !== undefined) this.reportGap();
  }

  /** Tells of frames that were dropped and not told of yet. */
  reportGap(): void {
    const gap = this.#open;
    this.#open = undefined;
    if (gap !== undefined) this.#report(gap);
  }

  /** Ends the log. Frames that the disk does not take any more count as dropped. */
  close(): void {
    const before = this.#log.frames;
    try {
      this.#log.close();
    } catch (error) {
      const lost = before - this.#log.frames;
      this.frames -= lost;
      this.#drop(lost, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  /** The error for a value that does not fit its codec: it says which channel, and where in it. */
  #unfit(cause: unknown): TinmanError {
    const error = codecFailure(this.#codec.id, { direction: "encode", cause });
    this.#drop(1, error.message);
    if (!isTinmanError(error, "CODEC")) return error;
    const { name: channel, frames: frame } = this;
    return new TinmanError("CODEC", `Cannot write frame ${frame} of channel "${channel}": ${error.message}`, {
      ...error.details,
      channel,
      frame,
      hint: error.hint,
      cause: error,
    });
  }

  #drop(frames: number, why: string): void {
    this.drops += frames;
    this.#open = { frames: (this.#open?.frames ?? 0) + frames, why };
  }
}
