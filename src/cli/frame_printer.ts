import type { Codec, Decoded } from "../codec/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { decodeFrame, decodeFrames, type Frame } from "../log/mod.ts";
import type { Context } from "./command.ts";
import { toHex } from "./output.ts";
import { clean } from "./style.ts";
import { formatTime } from "./time.ts";
import { formatValue } from "./value.ts";

/** Options of {@linkcode FramePrinter}. */
export interface FramePrinterOptions {
  /** The codec of a channel; what it throws is the reason why a frame does not decode. Asked once a channel. */
  readonly codec: (channel: string) => Codec<unknown> | Promise<Codec<unknown>>;
  /** Print the bytes and do not decode. */
  readonly raw: boolean;
  /** The width of the column for channels. */
  readonly width: number;
}

/** Prints frames, one a line. What does not decode is printed as bytes, with the reason, and counted. */
export class FramePrinter {
  /** How many frames did not decode. */
  undecoded = 0;
  /** How many frames were printed. */
  printed = 0;
  readonly #context: Context;
  readonly #options: FramePrinterOptions;
  readonly #codecs = new Map<string, Codec<unknown> | Error>();
  readonly #told = new Set<string>();

  /** Prints to the stdout of `context`. */
  constructor(context: Context, options: FramePrinterOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Prints a line for each frame. Those of one channel are decoded together, where its codec has a way for that. */
  async print(frames: readonly Frame[]): Promise<void> {
    const ahead = this.#options.raw ? undefined : await this.#decodeAhead(frames);
    for (const frame of frames) {
      this.#print(frame, this.#options.raw ? undefined : ahead?.get(frame) ?? this.#decode(frame));
    }
  }

  #print({ channel, timeNs, index, data }: Frame, decoded: Decoded<unknown> | undefined): void {
    const { out, settings } = this.#context;
    this.printed++;
    if (decoded?.error !== undefined) this.undecoded++;
    if (settings.json) {
      const content = decoded === undefined
        ? { bytes: data }
        : decoded.error === undefined
        ? { value: decoded.value }
        : { bytes: data, error: decoded.error.message };
      return out.json({ channel, timeNs, time: formatTime(timeNs), index, ...content });
    }
    const text = decoded === undefined
      ? toHex(data)
      : decoded.error === undefined
      ? formatValue(decoded.value)
      : `${formatValue(data)} ${this.#reason(channel, decoded.error)}`.trimEnd();
    const name = clean(channel).padEnd(this.#options.width);
    out.line(`${out.paint("dim", formatTime(timeNs))}  ${out.paint("cyan", name)}  ${text}`);
  }

  /** Why a frame does not decode; once a channel when its codec is not to be had. */
  #reason(channel: string, error: Error): string {
    const isLasting = this.#codecs.get(channel) instanceof Error;
    if (isLasting && this.#told.has(channel)) return "";
    this.#told.add(channel);
    const hint = isLasting && error instanceof TinmanError && error.hint !== undefined ? ` (${error.hint})` : "";
    return this.#context.out.paint("red", `does not decode: ${clean(error.message + hint)}`);
  }

  /** What codecs that take many frames at once make of theirs. */
  async #decodeAhead(frames: readonly Frame[]): Promise<ReadonlyMap<Frame, Decoded<unknown>> | undefined> {
    for (const { channel } of frames) {
      if (!this.#codecs.has(channel)) this.#codecs.set(channel, await this.#revive(channel));
    }
    const takesMany = ({ channel }: Frame) => "decodeAll" in this.#codecs.get(channel)!;
    if (!frames.some(takesMany)) return undefined;
    const decoded = new Map<Frame, Decoded<unknown>>();
    for (const [channel, group] of Map.groupBy(frames.filter(takesMany), ({ channel }) => channel)) {
      const results = await decodeFrames(group, this.#codecs.get(channel) as Codec<unknown>);
      group.forEach((frame, i) => decoded.set(frame, results[i]!));
    }
    return decoded;
  }

  #decode(frame: Frame): Decoded<unknown> {
    try {
      const codec = this.#codecs.get(frame.channel)!;
      if (codec instanceof Error) throw codec;
      return { value: decodeFrame(frame, codec) };
    } catch (error) {
      return { error: asError(error) };
    }
  }

  async #revive(channel: string): Promise<Codec<unknown> | Error> {
    try {
      return await this.#options.codec(channel);
    } catch (error) {
      return asError(error);
    }
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
